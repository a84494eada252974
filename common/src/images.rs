//! Pictures of works: what is added to a work, and in which sizes it can be had.

use serde::{Deserialize, Serialize};

use crate::auctions::Image;

/// The pictures that a call was about, in the order in which they were sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Images {
    /// All of them.
    pub items: Vec<Image>,
}

/// In which size to have a picture.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
pub struct ImageQuery {
    /// Its width in pixels: 160, 320, 640 or 1280. A picture that is no wider comes as it is, and
    /// so does every picture without this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub w: Option<u32>,
}

//! Payment gateways: where points are paid with money.

use artipul_common::{ChargeId, Money};

/// Why a gateway did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// There is no such payment, or it is not paid, or it is of another charge or amount.
    #[error("the payment is not confirmed")]
    NotConfirmed,
    /// It cannot be reached.
    #[error("{0}")]
    Away(String),
}

/// A charge at the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Where the payer pays; none where there is nothing to do.
    pub checkout_url: Option<String>,
    /// The payment, if it is paid already.
    pub paid_as: Option<String>,
}

/// A payment gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gateway {
    /// Grants every charge at once; for trying out.
    Sandbox,
}

impl Gateway {
    /// Its name in the API.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
        }
    }

    /// Begins the payment of a charge. It calls nobody, so it can be part of a transaction.
    pub fn begin(&self, charge: ChargeId) -> Begun {
        match self {
            Self::Sandbox => Begun { checkout_url: None, paid_as: Some(sandbox_payment(charge)) },
        }
    }

    /// Asks whether a payment is of this charge, of this amount, and paid.
    ///
    /// # Errors
    /// It is not, or the gateway cannot be reached.
    #[allow(clippy::unused_async, reason = "every gateway but the sandbox calls somebody")]
    pub async fn confirm(
        &self,
        charge: ChargeId,
        _amount: Money,
        payment: &str,
    ) -> Result<(), GatewayError> {
        match self {
            Self::Sandbox if payment == sandbox_payment(charge) => Ok(()),
            Self::Sandbox => Err(GatewayError::NotConfirmed),
        }
    }
}

fn sandbox_payment(charge: ChargeId) -> String {
    format!("sandbox-{charge}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_sandbox_confirms_only_the_payment_of_the_charge() {
        let confirm = |payment: &'static str| {
            Gateway::Sandbox.confirm(ChargeId::new(5), Money::new(1_000), payment)
        };
        assert_eq!(confirm("sandbox-5").await, Ok(()));
        for payment in ["sandbox-6", "", "5"] {
            assert_eq!(confirm(payment).await, Err(GatewayError::NotConfirmed));
        }
    }
}

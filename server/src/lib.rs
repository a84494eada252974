pub mod auction;

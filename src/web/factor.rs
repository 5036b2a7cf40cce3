//! Second factors: setting up an authenticator app (T-01–T-08) and showing its code (T-09–T-12); codes by mail
//! (M-01–M-03).

pub mod mail_code;
pub mod prove;
pub mod qr;
pub mod set_up;

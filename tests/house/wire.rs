//! The wire: what strangers, proxies and broken browsers send to the accept loop, byte by byte.

mod floods;
mod health;
mod hosts;
mod internal;
mod leaving;
mod line;
mod patience;
mod rolling;
mod shapes;
mod well_known;

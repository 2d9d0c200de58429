//! The service as a process of the system: where it is found, how it is started in the background, told to end or to begin
//! anew, and what a service manager hears of it.

pub mod control;
pub mod detach;
pub mod health;
pub mod listener;
pub mod notify;
pub mod pid_file;
pub mod rebirth;
pub mod signal;
pub mod stop;

//! The vendors, a file for each, which `build.rs` finds by its name: `VENDOR` is what sets it
//! apart, and `respond` answers a request.

use crate::ask::Ask;
use crate::reply::Response;
use crate::vendor::Vendor;

include!(concat!(env!("OUT_DIR"), "/vendors.rs"));

/// Answers a request.
pub(crate) type Respond = fn(&Ask<'_>) -> Response;

/// The vendor of this name.
pub(crate) fn vendor(name: &str) -> Option<&'static Vendor> {
    find(name).map(|(vendor, _)| vendor)
}

/// The vendor of this name, and what answers for it.
pub(crate) fn find(name: &str) -> Option<(&'static Vendor, Respond)> {
    VENDORS.into_iter().zip(RESPOND).find(|(vendor, _)| vendor.name == name)
}

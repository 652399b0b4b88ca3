//! One page a file.

mod company;

pub use company::CompanyPage;

// Package sqltest has what the tests of the SQL databases share: suites that the
// tests of store/sqlite and store/postgres both run beyond those of assetstest, and
// the assets, statements and tables that they look at.
package sqltest

// Package reviewpage tests the page for reviews in Chromium: decisions by keyboard,
// mouse and touch, with and without scripts, accessibility, hostile assets, and pages of
// other sites.
package reviewpage

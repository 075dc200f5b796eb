// Package reviewpage tests the page for reviews in Chromium: decisions by keyboard, mouse,
// touch and forms, who may not decide, every state for accessibility, hostile assets, pages
// of other sites, and how the page is mounted.
package reviewpage

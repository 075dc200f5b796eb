// Package previews tests what browsers and caching proxies do with previews and
// content: hostile files opened in Chromium, every kind of preview shown in it, and
// requests and streams of events through nginx.
package previews

package assets_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/10ex/assets"
	"github.com/10ex/assets/assetstest"
	"github.com/10ex/assets/internal/testing/backends"
)

// TestConfigProblems: New reports every problem of a Config at once.
func TestConfigProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*assets.Config)
		want   []string // none: nothing is wrong
	}{
		{"complete", func(*assets.Config) {}, nil},
		{"other URLs and paths", func(c *assets.Config) {
			c.PublicURL, c.BaseURL, c.BasePath, c.PublicPath = "https://cdn.example/", "http://127.0.0.1:8080", "content/assets/", "/p"
		}, nil},
		{"empty", func(c *assets.Config) { *c = assets.Config{} }, []string{"Config.Store", "Config.Blobs", "Config.Versioner", "Config.Approver"}},
		{"equal paths", func(c *assets.Config) { c.BasePath, c.PublicPath = "/a", "a/" }, []string{"PublicPath must differ"}},
		{"a pattern as a path", func(c *assets.Config) { c.BasePath = "/{a}" }, []string{"Config.BasePath"}},
		{"an unclean path", func(c *assets.Config) { c.PublicPath = "/a/../b" }, []string{"Config.PublicPath"}},
		{"URLs with more than a host", func(c *assets.Config) {
			c.PublicURL, c.BaseURL = "assets.example.com/x?y", "https://a.example/b"
		}, []string{"Config.PublicURL", "Config.BaseURL"}},
		{"a negative limit and a short key", func(c *assets.Config) {
			c.Limits.Versions, c.SigningKeys = -1, [][]byte{{1}}
		}, []string{"Config.Limits", "Config.SigningKeys[0]"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := assetstest.Config()
			tt.change(&cfg)
			_, err := assets.New(cfg)
			if (err == nil) != (tt.want == nil) {
				t.Fatalf("New: %v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not name %s", err, want)
				}
			}
		})
	}
}

// TestSigningKeysPRV02: short keys are refused; without any keys New warns.
func TestSigningKeysPRV02(t *testing.T) {
	t.Parallel()
	for _, keys := range [][][]byte{{nil}, {make([]byte, 31)}, {make([]byte, 32), make([]byte, 31)}} {
		cfg := assetstest.Config()
		cfg.SigningKeys = keys
		if _, err := assets.New(cfg); err == nil || !strings.Contains(err.Error(), "SigningKeys") {
			t.Errorf("New: %v", err)
		}
	}
	var log bytes.Buffer
	cfg := assetstest.Config()
	cfg.SigningKeys, cfg.Logger = nil, slog.New(slog.NewTextHandler(&log, nil))
	backends.Library(t, cfg)
	if !strings.Contains(log.String(), "no signing keys") {
		t.Errorf("no warning: %s", &log)
	}
}

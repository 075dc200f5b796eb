package assets_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
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
		{"behind a gateway that strips a path", func(c *assets.Config) { c.PublicURL = "https://example.com/content/v1/" }, nil},
		{"empty", func(c *assets.Config) { *c = assets.Config{} }, []string{"Config.Store", "Config.Blobs", "Config.Versioner", "Config.Approver"}},
		{"equal paths", func(c *assets.Config) { c.BasePath, c.PublicPath = "/a", "a/" }, []string{"PublicPath must differ"}},
		{"a pattern as a path", func(c *assets.Config) { c.BasePath = "/{a}" }, []string{"Config.BasePath"}},
		{"an unclean path", func(c *assets.Config) { c.PublicPath = "/a/../b" }, []string{"Config.PublicPath"}},
		{"URLs that nothing can follow", func(c *assets.Config) {
			c.PublicURL, c.BaseURL = "assets.example.com/x?y", "https://a.example/b/../c"
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

// TestParseSigningKeys: keys come newest first; an error names no key.
func TestParseSigningKeys(t *testing.T) {
	t.Parallel()
	newest, old := bytes.Repeat([]byte("n"), 32), bytes.Repeat([]byte("o"), 33)
	first, second := base64.StdEncoding.EncodeToString(newest), base64.StdEncoding.EncodeToString(old)
	for text, want := range map[string][][]byte{
		first:                            {newest},
		first + "," + second:             {newest, old},
		first + "\r\n\n" + second + "\n": {newest, old},
	} {
		if keys, err := assets.ParseSigningKeys(text); err != nil || !slices.EqualFunc(keys, want, bytes.Equal) {
			t.Errorf("%q: %q, %v", text, keys, err)
		}
	}
	for text, want := range map[string]string{
		"": "no signing key", " ,\n": "no signing key",
		first + ",c2VjcmV0!": "signing key 2 is not base64", "c2VjcmV0": "signing key 1 is shorter than 32 bytes",
	} {
		if _, err := assets.ParseSigningKeys(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "c2Vj") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestReadSigningKeys(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "signing.key")
	if _, err := assets.ReadSigningKeys(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for text, want := range map[string]int{base64.StdEncoding.EncodeToString(make([]byte, 32)) + "\n": 1, "\n": 0} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		keys, err := assets.ReadSigningKeys(name)
		if len(keys) != want || (err == nil) != (want > 0) || err != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %d keys, %v", text, len(keys), err)
		}
	}
}

// TestDefaultLogger: without a logger the host's own is used. It is not parallel, because
// it changes the default logger.
func TestDefaultLogger(t *testing.T) { //nolint:paralleltest // see above
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	cfg := assetstest.Config()
	cfg.Logger = nil
	backends.Library(t, cfg).Logger().Info("a line")
	if !strings.Contains(log.String(), "a line") {
		t.Errorf("the default logger has not got the line: %q", &log)
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

package assets

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/10ex/assets/internal/signed"
)

// Config is what [New] makes a [Library] of. Store, Blobs, Versioner and Approver are
// required.
type Config struct {
	Store     Store     // store/sqlite, store/memory, or the host's own
	Blobs     Blobs     // blob.OpenDir, blob.NewMemory, bucket.New
	Versioner Versioner // versioning.Linear{}
	Approver  Approver  // approval.Policy{}

	// SigningKeys sign preview and upload links and cursors. The newest key comes
	// first; each has at least 32 bytes. Texts signed with the others stay valid.
	// Without any key New makes a random one and logs a warning: links and cursors
	// are then valid until the process ends.
	SigningKeys [][]byte

	PublicURL  string // scheme and host of links, such as https://assets.example.com; empty: links are paths
	BaseURL    string // the same for links that need a credential, if they have another host; default PublicURL
	BasePath   string // where the routes are mounted; default /api/v1/assets
	PublicPath string // where the signed public routes are mounted; default /api/v1/public/assets

	// ReviewURL returns the address where a person can decide about an asset. It is
	// part of ErrKindCannotApprove.
	ReviewURL func(ID) string

	// Exists reports whether the host has a campaign, brand or brief in a workspace.
	// An id that the host does not have is a field error. Exists is called outside of
	// any transaction. If it is nil, every id is accepted.
	Exists func(ctx context.Context, workspace string, thing HostThing, id string) (bool, error)

	Limits Limits
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.DiscardHandler
}

func (c *Config) complete() error {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return errors.Join(c.checkSeams(), c.completePlaces(), c.Limits.complete(), c.completeKeys())
}

func (c *Config) checkSeams() error {
	var missing []error
	for _, seam := range []struct {
		given      bool
		name, hint string
	}{
		{c.Store != nil, "Store", "sqlite.Open or memory.New()"},
		{c.Blobs != nil, "Blobs", "blob.OpenDir or blob.NewMemory()"},
		{c.Versioner != nil, "Versioner", "versioning.Linear{}"},
		{c.Approver != nil, "Approver", "approval.Policy{}"},
	} {
		if !seam.given {
			missing = append(missing, fmt.Errorf("assets: Config.%s is required, for example %s", seam.name, seam.hint))
		}
	}
	return errors.Join(missing...)
}

// completePlaces checks the addresses of the routes. A fault here would show in every
// link, or only when a router panics.
func (c *Config) completePlaces() error {
	var wrong []error
	if c.BaseURL == "" {
		c.BaseURL = c.PublicURL
	}
	for name, field := range map[string]*string{"PublicURL": &c.PublicURL, "BaseURL": &c.BaseURL} {
		*field = strings.TrimSuffix(*field, "/")
		u, err := url.Parse(*field)
		if *field != "" && (err != nil || u.Host == "" || *field != u.Scheme+"://"+u.Host || !strings.HasPrefix(u.Scheme, "http")) {
			wrong = append(wrong, fmt.Errorf("assets: Config.%s must be scheme and host alone, such as https://assets.example.com", name))
		}
	}
	c.BasePath = mountPath(c.BasePath, "/api/v1/assets")
	c.PublicPath = mountPath(c.PublicPath, "/api/v1/public/assets")
	for name, p := range map[string]string{"BasePath": c.BasePath, "PublicPath": c.PublicPath} {
		if path.Clean(p) != p || strings.ContainsAny(p, "{}?#% \\") {
			wrong = append(wrong, fmt.Errorf("assets: Config.%s must be a plain path, such as /api/v1/assets", name))
		}
	}
	if c.BasePath == c.PublicPath {
		wrong = append(wrong, errors.New("assets: Config.PublicPath must differ from BasePath"))
	}
	return errors.Join(wrong...)
}

func (c *Config) completeKeys() error {
	for i, key := range c.SigningKeys {
		if len(key) < signed.MinKey {
			return fmt.Errorf("assets: Config.SigningKeys[%d] is shorter than %d bytes", i, signed.MinKey)
		}
	}
	if len(c.SigningKeys) == 0 {
		key := make([]byte, signed.MinKey)
		rand.Read(key)
		c.SigningKeys = [][]byte{key}
		c.Logger.Warn("assets: no signing keys: preview links and cursors become invalid when this process ends")
	}
	return nil
}

func mountPath(path, fallback string) string {
	if path == "" {
		return fallback
	}
	return "/" + strings.Trim(path, "/")
}

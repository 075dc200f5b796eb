package assets

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path"
	"strings"
	"time"
	"unicode"

	"github.com/10ex/assets/internal/requestlog"
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

	// PublicURL is what stands before the path in links: scheme and host, such as
	// https://assets.example.com, and a path behind a gateway that strips it, such as
	// https://example.com/content. If it is empty, links are paths.
	PublicURL string
	BaseURL   string // the same for links that need a credential, if it differs; default PublicURL

	BasePath   string // where the routes are mounted; default /api/v1/assets
	PublicPath string // where the signed public routes are mounted; default /api/v1/public/assets

	// ReviewURL returns the address where a person can decide about an asset; for an
	// empty id, the address of the list of what waits for a decision. It is part of
	// ErrKindCannotApprove.
	ReviewURL func(ID) string

	// ReviewLinkURL returns the address that a review link with the token has, such as
	// review.LinkURL returns it. Without it there are no review links.
	ReviewLinkURL func(token string) string

	// Exists reports whether the host has a campaign, brand or brief in a workspace.
	// An id that the host does not have is a field error. Exists is called outside of
	// any transaction. If it is nil, every id is accepted.
	Exists func(ctx context.Context, workspace string, thing HostThing, id string) (bool, error)

	// Attest states approvals and withdrawals and signs what it states, such as
	// attest.New returns. It needs a Store that is a StoreIdentifier. Without it there
	// are no attestations.
	Attest Attester

	// Observe is told of each method of the Library that takes a context, and by the
	// packages that serve it of each HTTP operation, tool call and turn of work in the
	// background. Module assetsotel makes OpenTelemetry traces and metrics of it. If it is
	// nil, observing costs nothing.
	Observe Observer

	// SmallContents is the size in bytes of the largest content that is kept in the
	// database instead of Blobs, in the transaction of its version, if the Store can do
	// that: see [Contents]. 16 KiB make many small contents faster; at most
	// [MaxSmallContents]. 0 keeps all in Blobs. Contents stay where they are when it
	// changes. The contents of uploads, and renditions, are always in Blobs.
	SmallContents int64

	Limits Limits
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default slog.Default()

	randomKey bool // SigningKeys were not given
}

func (c *Config) complete() error {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Logger = requestlog.Logger(c.Logger)
	return errors.Join(c.checkSeams(), c.completePlaces(), c.checkSmall(), c.Limits.complete(), c.completeKeys())
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
	if _, ok := StoreAs[StoreIdentifier](c.Store); c.Attest != nil && c.Store != nil && !ok {
		missing = append(missing, fmt.Errorf("assets: Config.Attest needs a Store with StoreID, as sqlite.Open returns, not a %T", c.Store))
	}
	return errors.Join(missing...)
}

func (c *Config) checkSmall() error {
	if c.SmallContents < 0 || c.SmallContents > MaxSmallContents {
		return fmt.Errorf("assets: Config.SmallContents is %d; it must be from 0 to %d bytes", c.SmallContents, MaxSmallContents)
	}
	return nil
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
		if *field != "" && (err != nil || !isPlace(u) || *field != u.Scheme+"://"+u.Host+u.Path) {
			wrong = append(wrong, fmt.Errorf("assets: Config.%s must be scheme, host and perhaps a plain path, such as https://assets.example.com", name))
		}
	}
	c.BasePath = mountPath(c.BasePath, "/api/v1/assets")
	c.PublicPath = mountPath(c.PublicPath, "/api/v1/public/assets")
	for name, p := range map[string]string{"BasePath": c.BasePath, "PublicPath": c.PublicPath} {
		if !isPlainPath(p) {
			wrong = append(wrong, fmt.Errorf("assets: Config.%s must be a plain path, such as /api/v1/assets", name))
		}
	}
	if c.BasePath == c.PublicPath {
		wrong = append(wrong, errors.New("assets: Config.PublicPath must differ from BasePath"))
	}
	return errors.Join(wrong...)
}

// isPlace reports whether paths may follow u in links.
func isPlace(u *url.URL) bool {
	return u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && (u.Path == "" || isPlainPath(u.Path))
}

func isPlainPath(p string) bool { return path.Clean(p) == p && !strings.ContainsAny(p, "{}?#% \\") }

func (c *Config) completeKeys() error {
	for i, key := range c.SigningKeys {
		if len(key) < signed.MinKey {
			return fmt.Errorf("assets: Config.SigningKeys[%d] is shorter than %d bytes", i, signed.MinKey)
		}
	}
	if len(c.SigningKeys) == 0 {
		key := make([]byte, signed.MinKey)
		rand.Read(key)
		c.SigningKeys, c.randomKey = [][]byte{key}, true
		c.Logger.Warn("assets: no signing keys: preview links and cursors become invalid when this process ends")
	}
	return nil
}

// ParseSigningKeys parses the value of an environment variable or a file for
// [Config].SigningKeys: keys of at least 32 bytes in standard base64 (RFC 4648 §4),
// newest first, separated by white space or commas. It returns an error if there is
// no key, or one is not base64 or too short. The error does not contain the key.
func ParseSigningKeys(text string) ([][]byte, error) {
	var keys [][]byte
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		key, err := base64.StdEncoding.DecodeString(word)
		if err != nil {
			return nil, fmt.Errorf("signing key %d is not base64", len(keys)+1) // never its text
		}
		if len(key) < signed.MinKey {
			return nil, fmt.Errorf("signing key %d is shorter than %d bytes", len(keys)+1, signed.MinKey)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("no signing key")
	}
	return keys, nil
}

// ReadSigningKeys reads a file of keys as [ParseSigningKeys] parses them. It returns
// an error that wraps fs.ErrNotExist if there is no such file.
func ReadSigningKeys(name string) ([][]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	keys, err := ParseSigningKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return keys, nil
}

func mountPath(path, fallback string) string {
	if path == "" {
		return fallback
	}
	return "/" + strings.Trim(path, "/")
}

package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/10ex/assets"
	"github.com/10ex/assets/apikey"
)

type keyRow struct {
	bun.BaseModel `bun:"table:asset_keys,alias:k"`

	Prefix       string      `bun:"prefix,pk"`
	Name         string      `bun:"name"`
	Workspace    string      `bun:"workspace"`
	Owner        string      `bun:"owner"`
	Kind         assets.Kind `bun:"kind"`
	Scopes       string      `bun:"scopes"` // a JSON list
	CreatedAt    assets.Time `bun:"created_at"`
	LastUsedAt   assets.Time `bun:"last_used_at"`
	ExpiresAt    assets.Time `bun:"expires_at"`
	RevokedAt    assets.Time `bun:"revoked_at"`
	SecretSHA256 string      `bun:"secret_sha256"` // hex
}

func (r *keyRow) key() (apikey.Key, error) {
	k := apikey.Key{
		Prefix: r.Prefix, Name: r.Name, Workspace: r.Workspace, Owner: r.Owner, Kind: r.Kind,
		CreatedAt: r.CreatedAt, LastUsedAt: r.LastUsedAt, ExpiresAt: r.ExpiresAt, RevokedAt: r.RevokedAt,
	}
	if err := json.Unmarshal([]byte(r.Scopes), &k.Scopes); err != nil {
		return k, fmt.Errorf("store: scopes of key %s: %w", r.Prefix, err)
	}
	digest, err := hex.DecodeString(r.SecretSHA256)
	if err != nil || len(digest) != len(k.SecretSHA256) {
		return k, fmt.Errorf("store: the digest of key %s is malformed", r.Prefix)
	}
	copy(k.SecretSHA256[:], digest)
	return k, nil
}

// AddKey implements [apikey.Store].
func (s *Store) AddKey(ctx context.Context, k apikey.Key) error {
	scopes, err := json.Marshal(k.Scopes)
	if err != nil {
		return fmt.Errorf("store: encode scopes: %w", err)
	}
	row := &keyRow{
		Prefix: k.Prefix, Name: k.Name, Workspace: k.Workspace, Owner: k.Owner, Kind: k.Kind, Scopes: string(scopes),
		CreatedAt: k.CreatedAt, LastUsedAt: k.LastUsedAt, ExpiresAt: k.ExpiresAt, RevokedAt: k.RevokedAt,
		SecretSHA256: hex.EncodeToString(k.SecretSHA256[:]),
	}
	return s.transact(ctx, s.lockWait, func(tx bun.Tx) error {
		n, err := s.unit(tx).insert(ctx, s.db.NewInsert().Model(row).On("CONFLICT (prefix) DO NOTHING"))
		if err == nil && n == 0 {
			return apikey.ErrPrefixTaken
		}
		return err
	})
}

// Keys implements [apikey.Store].
func (s *Store) Keys(ctx context.Context, f apikey.Filter) ([]apikey.Key, error) {
	var rows []keyRow
	var err error
	if f.Prefix != "" && f.Workspace == "" {
		err = s.read(ctx, &rows, s.hot.key, f.Prefix)
	} else {
		q := s.db.NewSelect().Model(&rows).Order("prefix")
		if f.Workspace != "" {
			q.Where("workspace = ?", f.Workspace)
		}
		if f.Prefix != "" {
			q.Where("prefix = ?", f.Prefix)
		}
		err = s.scan(ctx, q)
	}
	if err != nil {
		return nil, err
	}
	keys := make([]apikey.Key, len(rows))
	for i := range rows {
		var err error
		if keys[i], err = rows[i].key(); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// ChangeKey implements [apikey.Store]. A revocation waits for the write lock like
// any write; recording a use gives up after maxUseWait.
func (s *Store) ChangeKey(ctx context.Context, prefix string, c apikey.Change) error {
	wait := s.lockWait
	if c.RevokedAt == 0 {
		wait = min(wait, maxUseWait)
	}
	return s.transact(ctx, wait, func(tx bun.Tx) error {
		n, err := s.unit(tx).exec(ctx, "UPDATE asset_keys SET"+
			" last_used_at = CASE WHEN last_used_at < ?0 THEN ?0 ELSE last_used_at END,"+
			" revoked_at = CASE WHEN revoked_at = 0 THEN ?1 ELSE revoked_at END"+
			" WHERE prefix = ?2", c.LastUsedAt, c.RevokedAt, prefix)
		if err == nil && n == 0 {
			return assets.ErrNotFound
		}
		return err
	})
}

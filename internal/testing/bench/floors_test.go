package bench_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// floors serves the floor of one operation at a time, which learn chooses.
type floors struct {
	b       testing.TB
	backend *backend
	db      *sql.DB
	key     *sql.Stmt // looks an API key up
	prefix  string
	writing sync.Mutex // SQLite has one writer

	serve    func(w http.ResponseWriter, r *http.Request) error
	response []byte // that the library has sent for the operation
}

func newFloors(b testing.TB, s *subject, prefix string) *floors {
	f := &floors{b: b, backend: s.backend, db: s.backend.store.DB().DB, prefix: prefix}
	f.key = f.prepare("SELECT owner, scopes, expires_at, revoked_at, secret_sha256 FROM asset_keys WHERE prefix = ?")
	return f
}

// prepare prepares a statement whose placeholders are question marks.
func (f *floors) prepare(query string) *sql.Stmt {
	f.b.Helper()
	stmt, err := f.db.PrepareContext(f.b.Context(), placeholders(query, f.backend.postgres))
	if err != nil {
		f.b.Fatalf("%s: %v", query, err)
	}
	f.b.Cleanup(func() { _ = stmt.Close() })
	return stmt
}

// ServeHTTP implements [http.Handler].
func (f *floors) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := f.authenticate(r)
	if err == nil {
		err = f.serve(w, r)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// authenticate looks the key up and compares its digest, as [apikey.Ring] does.
func (f *floors) authenticate(r *http.Request) error {
	var owner, scopes, digest string
	var expires, revoked int64
	if err := f.key.QueryRowContext(r.Context(), f.prefix).Scan(&owner, &scopes, &expires, &revoked, &digest); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(r.Header.Get("Authorization")))
	subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum[:])), []byte(digest))
	return nil
}

// answer sends what the library has sent.
func (f *floors) answer(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	_, err := w.Write(f.response)
	return err
}

// learn makes the floor of an operation: it calls the operation once, and prepares the
// statements that store or read the same rows.
func (s *subject) learn(b testing.TB, op operation) {
	b.Helper()
	f := s.floors
	id := s.small
	if op.consumes {
		id = s.drafts(b, 1)[0]
	}
	request := op.request(s, id)
	response, err := s.ours.send(request)
	if err != nil {
		b.Fatal(err)
	}
	f.response = response
	switch op.kind {
	case creation:
		f.serve = f.creation(idIn(b, response))
	case approving:
		f.serve = f.approval(id)
	case reading:
		f.serve = f.reading(s.id)
	case listing:
		f.serve = f.listing(request.path)
	case downloading:
		f.serve = f.downloading(strings.Split(request.path, "/")[4])
	}
}

// creation returns the floor of a creation: the content in a file that is synced, or in a
// row, and the rows of an asset in one transaction.
func (f *floors) creation(id string) func(http.ResponseWriter, *http.Request) error {
	rows := f.rowsOf(id, "asset_versions", "asset_perspectives", "asset_tags", "asset_events")
	words := f.prepareWords(id)
	content := f.prepare("INSERT INTO asset_contents (key, content) VALUES (?, ?)")
	folder := filepath.Join(f.backend.folder, "floor")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		f.b.Fatal(err)
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		body, err := contentOf(r)
		if err != nil {
			return err
		}
		sha256.Sum256(body)
		next := newNames()
		if len(body) > smallContents {
			if err := writeSynced(folder, next.key, body); err != nil {
				return err
			}
		}
		err = f.write(r.Context(), func(tx *transaction) error {
			if len(body) <= smallContents {
				tx.exec(content, next.key, body)
			}
			for _, row := range rows {
				tx.exec(row.insert, row.values(next)...)
			}
			words(tx, next)
			return tx.err
		})
		if err != nil {
			return err
		}
		return f.answer(w)
	}
}

// contentOf returns the last part of a multipart body.
func contentOf(r *http.Request) (content []byte, err error) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	for parts := multipart.NewReader(r.Body, params["boundary"]); ; {
		part, err := parts.NextPart()
		if err == io.EOF {
			return content, nil
		}
		if err == nil {
			content, err = io.ReadAll(part)
		}
		if err != nil {
			return nil, err
		}
	}
}

// writeSynced writes a file and syncs it and its folder.
func writeSynced(folder, key string, content []byte) error {
	file, err := os.OpenFile(filepath.Join(folder, filepath.Base(key)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, bytes.NewReader(content))
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	return dir.Sync()
}

// approval returns the floor of an approval, whose rows are those of the approved asset id.
func (f *floors) approval(id string) func(http.ResponseWriter, *http.Request) error {
	rows := f.rowsOf(id, "asset_reviews", "asset_events")
	inForce := f.rowsWhere("asset_perspectives", "perspective = 'approved' AND id", id)
	asset := f.prepare("SELECT * FROM asset_perspectives WHERE workspace = ? AND perspective = 'current' AND id = ?")
	current := f.prepare("UPDATE asset_perspectives SET status = 'approved', approved_version = 1, revision = 2 WHERE workspace = ? AND perspective = 'current' AND id = ?")
	version := f.prepare("UPDATE asset_versions SET approval = 'given' WHERE workspace = ? AND asset_id = ? AND number = 1")
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return err
		}
		next := newNames()
		next.id = strings.Split(r.URL.Path, "/")[4]
		err := f.write(r.Context(), func(tx *transaction) error {
			tx.read(asset, workspace, next.id)
			tx.exec(current, workspace, next.id)
			tx.exec(version, workspace, next.id)
			for _, row := range append(inForce, rows...) {
				tx.exec(row.insert, row.values(next)...)
			}
			return tx.err
		})
		if err != nil {
			return err
		}
		return f.answer(w)
	}
}

// reading returns the floor of reading one asset with its history.
func (f *floors) reading(id string) func(http.ResponseWriter, *http.Request) error {
	var statements []*sql.Stmt
	for _, query := range []string{
		"SELECT * FROM asset_perspectives WHERE workspace = ? AND perspective = 'current' AND id = ?",
		"SELECT * FROM asset_versions WHERE workspace = ? AND asset_id = ? ORDER BY number DESC LIMIT 51",
		"SELECT * FROM asset_reviews WHERE workspace = ? AND asset_id = ? ORDER BY revision DESC, id DESC LIMIT 51",
	} {
		statements = append(statements, f.prepare(query))
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		for _, stmt := range statements {
			if _, err := readAll(r.Context(), stmt, workspace, id); err != nil {
				return err
			}
		}
		return f.answer(w)
	}
}

// listing returns the floor of the first page of a list.
func (f *floors) listing(path string) func(http.ResponseWriter, *http.Request) error {
	where, index := "", "asset_perspectives_id"
	if strings.Contains(path, "status=") {
		where, index = " AND status = 'draft' AND type = 'image'", "asset_perspectives_status_type"
	}
	hint := " INDEXED BY " + index
	if f.backend.postgres {
		hint = ""
	}
	stmt := f.prepare("SELECT * FROM asset_perspectives" + hint + " WHERE workspace = ? AND perspective = 'current'" + where + " ORDER BY id DESC LIMIT 51")
	return func(w http.ResponseWriter, r *http.Request) error {
		if _, err := readAll(r.Context(), stmt, workspace); err != nil {
			return err
		}
		return f.answer(w)
	}
}

// downloading returns the floor of a download: http.ServeContent of a file, or of a row.
func (f *floors) downloading(id string) func(http.ResponseWriter, *http.Request) error {
	version := f.prepare("SELECT key FROM asset_versions WHERE workspace = ? AND asset_id = ? AND number = 1")
	content := f.prepare("SELECT content FROM asset_contents WHERE key = ?")
	return func(w http.ResponseWriter, r *http.Request) error {
		var key string
		if err := version.QueryRowContext(r.Context(), workspace, id).Scan(&key); err != nil {
			return err
		}
		var small []byte
		switch err := content.QueryRowContext(r.Context(), key).Scan(&small); err {
		case nil:
			http.ServeContent(w, r, "content.bin", time.Time{}, bytes.NewReader(small))
			return nil
		case sql.ErrNoRows:
		default:
			return err
		}
		file, err := os.Open(filepath.Join(f.backend.folder, filepath.FromSlash(key)))
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		http.ServeContent(w, r, "content.bin", time.Time{}, file)
		return nil
	}
}

// readAll reads all columns of all rows as the driver has them.
func readAll(ctx context.Context, stmt *sql.Stmt, args ...any) (n int, err error) {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	values := make([]any, len(columns))
	for i := range values {
		values[i] = new(sql.RawBytes)
	}
	for ; rows.Next(); n++ {
		if err := rows.Scan(values...); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

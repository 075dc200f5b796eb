package servercmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/10ex/assets"
	"github.com/10ex/assets/approval"
	"github.com/10ex/assets/export"
	"github.com/10ex/assets/versioning"
)

// exporting is one run of the command.
type exporting struct {
	exports   *export.Exporter
	by        assets.Actor
	selection selection
	file      string
	session   *session
}

// selection is what is asked for.
type selection struct {
	Workspace string `json:"workspace"`
	Campaign  string `json:"campaign"`
}

// kept is what stands beside a file that is not whole yet.
type kept struct {
	selection
	Export assets.ID `json:"export_id"`
	Synced int64     `json:"synced"` // bytes of the file that are surely on the disk
}

func exportTo(ctx context.Context, s *session, args []string) error {
	place, flags := s.place(Sweeping), s.flags
	workspace := flags.String("workspace", "default", "`workspace` to export from")
	campaign := flags.String("campaign", "", "only assets of this `campaign`")
	file := flags.String("o", "", "`file` to write; what is there of an earlier run, in FILE.part, is gone on with")
	if err := s.parse(args, 0); err != nil {
		return err
	}
	if *file == "" || *workspace == "" {
		return Misuse("-o and -workspace are required")
	}
	if _, err := os.Stat(*file); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("-o: %s exists already", *file))
	}
	data, err := place.Open(ctx, Sweeping, s.log)
	if err != nil {
		return err
	}
	lib, err := assets.New(assets.Config{
		Store: data.Store, Blobs: data.Blobs, Versioner: versioning.Linear{}, Approver: approval.Policy{},
	})
	if err != nil {
		return errors.Join(err, data.Close())
	}
	exports, err := export.New(export.Config{Library: lib})
	if err != nil {
		return errors.Join(err, data.Close())
	}
	e := &exporting{
		exports: exports, selection: selection{*workspace, *campaign}, file: *file, session: s,
		by: assets.Actor{Workspace: *workspace, Subject: "cli", Kind: assets.KindService, Scopes: []assets.Scope{assets.ScopeRead}},
	}
	return errors.Join(e.run(ctx), data.Close())
}

func (e *exporting) part() string  { return e.file + ".part" }
func (e *exporting) state() string { return e.part() + ".json" }

func (e *exporting) run(ctx context.Context) error {
	archive, state, err := e.open(ctx)
	if err != nil {
		return err
	}
	defer archive.Close()
	if err := e.write(ctx, archive, state); err != nil {
		return e.cut(ctx, err)
	}
	if err := os.Rename(e.part(), e.file); err != nil {
		return err
	}
	if err := os.Remove(e.state()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.session.stdout, "%s: %d assets, %d bytes\n", e.file, archive.Export.Items, archive.Size())
	return err
}

// cut tells whoever sees that a run failed how to go on.
func (e *exporting) cut(ctx context.Context, err error) error {
	if errors.Is(err, assets.ErrCorrupt) {
		return err // the next run meets it too
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err) // the signal
	}
	return fmt.Errorf("%w; the same command goes on with %s", err, e.part())
}

// open goes on with the export of an earlier run, if it can still be had, or
// makes one.
func (e *exporting) open(ctx context.Context) (*export.Archive, *kept, error) {
	state, err := e.load()
	if err != nil {
		return nil, nil, err
	}
	if state.Export != "" {
		archive, err := e.exports.Open(ctx, e.by, state.Export)
		if err == nil {
			return archive, state, nil
		}
		gone := errors.Is(err, assets.ErrExportStale) || errors.Is(err, assets.ErrExpired) || errors.Is(err, assets.ErrNotFound)
		if !gone {
			return nil, nil, err
		}
		fmt.Fprintf(e.session.stderr, "%s cannot be gone on with (%v): beginning anew\n", e.part(), err)
	}
	made, err := e.exports.Create(ctx, e.by, export.Request{Query: assets.Query{CampaignID: e.selection.Campaign}, ExpiresIn: e.exports.Limits().Expiry})
	if err != nil {
		return nil, nil, err
	}
	state = &kept{selection: e.selection, Export: made.ID}
	if err := e.save(state); err != nil {
		return nil, nil, err
	}
	archive, err := e.exports.Open(ctx, e.by, made.ID)
	return archive, state, err
}

// load reads what an earlier run has kept; nothing when that was about
// something else.
func (e *exporting) load() (*kept, error) {
	text, err := os.ReadFile(e.state())
	if errors.Is(err, fs.ErrNotExist) {
		return &kept{}, nil
	}
	if err != nil {
		return nil, err
	}
	var state kept
	if !parsed(text, &state) || state.selection != e.selection {
		fmt.Fprintf(e.session.stderr, "%s is of another export: beginning anew\n", e.part())
		return &kept{}, nil
	}
	return &state, nil
}

// parsed reads JSON; what is none is no state of ours.
func parsed(text []byte, into any) bool { return json.Unmarshal(text, into) == nil }

// save replaces the state as a whole.
func (e *exporting) save(state *kept) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(e.state()), filepath.Base(e.state())+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), e.state())
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// write appends to the part what it lacks.
func (e *exporting) write(ctx context.Context, archive *export.Archive, state *kept) (err error) {
	f, err := os.OpenFile(e.part(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	// What was not synced may be anything after a power cut.
	at := min(info.Size(), state.Synced, archive.Size())
	if err := f.Truncate(at); err != nil {
		return err
	}
	for _, seeker := range []io.Seeker{f, archive} {
		if _, err := seeker.Seek(at, io.SeekStart); err != nil {
			return err
		}
	}
	p := &part{File: f, exporting: e, state: state, at: at}
	bar := newBar(e.session.stderr, at)
	_, err = archive.WriteTo(ctx, p, bar.show)
	bar.end()
	return errors.Join(err, p.sync())
}

// part is the file being written. It is synced now and then, so that a run
// that is cut loses little.
type part struct {
	*os.File
	exporting *exporting
	state     *kept
	at        int64
}

const syncEvery = 8 << 20

func (p *part) Write(b []byte) (int, error) {
	n, err := p.File.Write(b)
	p.at += int64(n)
	if err == nil && p.at-p.state.Synced >= syncEvery {
		err = p.sync()
	}
	return n, err
}

func (p *part) sync() error {
	if err := p.Sync(); err != nil {
		return err
	}
	p.state.Synced = p.at
	return p.exporting.save(p.state)
}

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

// exportRun is one run of the command.
type exportRun struct {
	exporter  *export.Exporter
	by        assets.Actor
	selection selection
	file      string
	session   *session
}

// selection is what the flags ask for.
type selection struct {
	Workspace string `json:"workspace"`
	Campaign  string `json:"campaign"`
}

// exportState is the file beside an unfinished export.
type exportState struct {
	selection
	Export assets.ID `json:"export_id"`
	Synced int64     `json:"synced"` // bytes of the file that are durable
}

func exportCommand(ctx context.Context, s *session, args []string) error {
	storage, flags := s.storage(Sweeping), s.flags
	workspace := flags.String("workspace", "default", "`workspace` to export from")
	campaign := flags.String("campaign", "", "only assets of this `campaign`")
	file := flags.String("o", "", "`file` to write; an earlier run that left FILE.part is continued")
	if err := s.parse(args, 0); err != nil {
		return err
	}
	if *file == "" || *workspace == "" {
		return UsageErrorf("-o and -workspace are required")
	}
	if _, err := os.Stat(*file); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("-o: %s exists already", *file))
	}
	data, err := storage.Open(ctx, Sweeping, s.log)
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
	e := &exportRun{
		exporter: exports, selection: selection{*workspace, *campaign}, file: *file, session: s,
		by: assets.Actor{Workspace: *workspace, Subject: "cli", Kind: assets.KindService, Scopes: []assets.Scope{assets.ScopeRead}},
	}
	return errors.Join(e.run(ctx), data.Close())
}

func (e *exportRun) part() string  { return e.file + ".part" }
func (e *exportRun) state() string { return e.part() + ".json" }

func (e *exportRun) run(ctx context.Context) error {
	archive, state, err := e.open(ctx)
	if err != nil {
		return err
	}
	defer archive.Close()
	if err := e.write(ctx, archive, state); err != nil {
		return e.interrupted(ctx, err)
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

// interrupted adds to the error of a run how to continue it.
func (e *exportRun) interrupted(ctx context.Context, err error) error {
	if errors.Is(err, assets.ErrCorrupt) {
		return err // the next run would fail too
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(ctx), err) // the signal
	}
	return fmt.Errorf("%w; the same command goes on with %s", err, e.part())
}

// open opens the export of an earlier run, if it is still available, or creates
// one.
func (e *exportRun) open(ctx context.Context) (*export.Archive, *exportState, error) {
	state, err := e.load()
	if err != nil {
		return nil, nil, err
	}
	if state.Export != "" {
		archive, err := e.exporter.Open(ctx, e.by, state.Export)
		if err == nil {
			return archive, state, nil
		}
		gone := errors.Is(err, assets.ErrExportStale) || errors.Is(err, assets.ErrExpired) || errors.Is(err, assets.ErrNotFound)
		if !gone {
			return nil, nil, err
		}
		fmt.Fprintf(e.session.stderr, "%s cannot be gone on with (%v): beginning anew\n", e.part(), err)
	}
	made, err := e.exporter.Create(ctx, e.by, export.Request{Query: assets.Query{CampaignID: e.selection.Campaign}, ExpiresIn: e.exporter.Limits().Expiry})
	if err != nil {
		return nil, nil, err
	}
	state = &exportState{selection: e.selection, Export: made.ID}
	if err := e.save(state); err != nil {
		return nil, nil, err
	}
	archive, err := e.exporter.Open(ctx, e.by, made.ID)
	return archive, state, err
}

// load reads the state of an earlier run. It returns an empty state if there is
// none or if it is of another selection.
func (e *exportRun) load() (*exportState, error) {
	text, err := os.ReadFile(e.state())
	if errors.Is(err, fs.ErrNotExist) {
		return &exportState{}, nil
	}
	if err != nil {
		return nil, err
	}
	var state exportState
	if !parsed(text, &state) || state.selection != e.selection {
		fmt.Fprintf(e.session.stderr, "%s is of another export: beginning anew\n", e.part())
		return &exportState{}, nil
	}
	return &state, nil
}

// parsed decodes JSON and reports whether it is valid.
func parsed(text []byte, into any) bool { return json.Unmarshal(text, into) == nil }

// save replaces the state atomically.
func (e *exportRun) save(state *exportState) error {
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

// write writes the rest of the archive to the part file.
func (e *exportRun) write(ctx context.Context, archive *export.Archive, state *exportState) (err error) {
	f, err := os.OpenFile(e.part(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	// After a power cut, bytes that were not synced may be anything.
	at := min(info.Size(), state.Synced, archive.Size())
	if err := f.Truncate(at); err != nil {
		return err
	}
	for _, seeker := range []io.Seeker{f, archive} {
		if _, err := seeker.Seek(at, io.SeekStart); err != nil {
			return err
		}
	}
	p := &partFile{File: f, run: e, state: state, at: at}
	bar := newProgressBar(e.session.stderr, at)
	_, err = archive.WriteTo(ctx, p, bar.show)
	bar.end()
	return errors.Join(err, p.sync())
}

// partFile is the file being written. It is synced every syncEvery bytes, so that an
// interrupted run loses little.
type partFile struct {
	*os.File
	run   *exportRun
	state *exportState
	at    int64
}

const syncEvery = 8 << 20

func (p *partFile) Write(b []byte) (int, error) {
	n, err := p.File.Write(b)
	p.at += int64(n)
	if err == nil && p.at-p.state.Synced >= syncEvery {
		err = p.sync()
	}
	return n, err
}

func (p *partFile) sync() error {
	if err := p.Sync(); err != nil {
		return err
	}
	p.state.Synced = p.at
	return p.run.save(p.state)
}

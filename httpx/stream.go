package httpx

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/10ex/assets"
	"github.com/10ex/assets/internal/rest"
	"github.com/10ex/assets/internal/wire"
)

const eventStreamType = "text/event-stream"

// Times of a stream of events.
const (
	streamWriteTime = 30 * time.Second // for one write
	streamPing      = 15 * time.Second
	streamCheck     = time.Minute // after which the credential is checked again
	streamSilence   = time.Second // after which it is checked before the next event
	streamLife      = 15 * time.Minute
)

// stream sends events to one client.
type stream struct {
	api     *api
	request *http.Request
	by      assets.Actor
	events  *assets.EventStream
	out     *rest.Stream

	cursor string    // that the client has
	sent   time.Time // when the last event was sent
}

// batch is what Next of a stream has returned.
type batch struct {
	events []assets.StreamedEvent
	cursor string // behind them
	err    error
}

// run sends events until the client has gone, the credential or the server ends, or
// streamLife has passed.
func (s *stream) run() {
	ctx, cancel := context.WithTimeout(s.request.Context(), streamLife)
	defer cancel()
	if s.out.Send(s.place(s.events.Cursor())) != nil {
		return
	}
	batches := make(chan batch)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	reading.Go(func() { s.read(ctx, batches) })
	ping := time.NewTicker(streamPing)
	defer ping.Stop()
	check := time.NewTicker(streamCheck)
	defer check.Stop()
	ends := s.api.shutdowns.of(s.request)
	for {
		var text []byte
		select {
		case <-ctx.Done():
			return
		case <-ends:
			return
		case <-check.C:
			if !s.stillAllowed(ctx) {
				return
			}
			continue
		case <-ping.C:
			text = []byte(": ping\n\n")
		case b := <-batches:
			if b.err != nil || time.Since(s.sent) >= streamSilence && !s.stillAllowed(ctx) {
				return
			}
			s.sent = time.Now()
			text = append(s.encode(b.events), s.place(b.cursor)...)
		}
		if s.out.Send(text) != nil {
			return
		}
	}
}

// read passes on what Next returns, until it fails or ctx has ended.
func (s *stream) read(ctx context.Context, batches chan<- batch) {
	for {
		events, err := s.events.Next(ctx)
		select {
		case batches <- batch{events, s.events.Cursor(), err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// place returns the id that the client is to come back with, or nothing if it has it.
// Without data it is no event for the client.
func (s *stream) place(cursor string) []byte {
	if cursor == s.cursor {
		return nil
	}
	s.cursor = cursor
	return []byte("id: " + cursor + "\n\n")
}

// encode returns events as a client reads them.
func (s *stream) encode(events []assets.StreamedEvent) []byte {
	var text bytes.Buffer
	for i := range events {
		body, err := wire.Marshal(events[i].Event)
		if err != nil {
			panic(err) // strings and numbers only
		}
		s.cursor = events[i].Cursor
		text.WriteString("id: " + s.cursor + "\ndata: ")
		text.Write(body)
		text.WriteString("\n\n")
	}
	return text.Bytes()
}

// stillAllowed reports whether the credential of the request is still that of the same
// caller, who may read.
func (s *stream) stillAllowed(ctx context.Context) bool {
	by, err := s.api.authenticate(s.request.WithContext(ctx))
	return err == nil && by.Check() == nil && by.Workspace == s.by.Workspace && by.Can(assets.ScopeRead)
}

package webhook

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"

	"github.com/10ex/assets"
	"github.com/10ex/assets/webhook/record"
)

// attempt makes an attempt, and tells the Library's observer of it.
func (h *Hooks) attempt(ctx context.Context, c record.Claimed) {
	op := assets.Op{Name: "deliver_webhook", Kind: assets.OpJob, Door: assets.DoorBackground, Cause: c.Delivery.Trace}
	h.lib.Observer().Do(ctx, op, func(ctx context.Context) assets.Outcome {
		d := h.tryOnce(ctx, c)
		out := assets.Outcome{Status: d.Status, Workspace: d.Workspace, AssetID: d.AssetID, Bytes: int64(len(d.Body))}
		if d.Problem != "" {
			out.Code, out.Err = assets.Code(assets.ErrUnavailable), errors.New(d.Problem)
		}
		return out
	})
}

// tryOnce sends a leased delivery once and records what came of it. If ctx ends before a
// response has arrived, the attempt is not counted and the delivery is due again at once. It
// returns the delivery as it is then.
func (h *Hooks) tryOnce(ctx context.Context, c record.Claimed) record.Delivery {
	d, pause := c.Delivery, record.Pause("")
	began := h.lib.Now()
	secrets, err := h.secrets(&c.Webhook, began)
	if err != nil {
		d.Problem, d.DueAt, d.LastAt, pause = err.Error(), began, began, record.PauseSecret
		h.finish(ctx, &c.Webhook, d, pause)
		return d
	}
	status, problem := h.send(ctx, c.Webhook.URL, &d, secrets)
	at := h.lib.Now()
	if status == 0 && ctx.Err() != nil {
		d.DueAt, d.LastAt = at, at
		h.finish(ctx, &c.Webhook, d, "")
		return d
	}
	d.Attempts, d.Tries = d.Attempts+1, d.Tries+1
	if d.Since == 0 {
		d.Since = began
	}
	d.LastAt, d.Status, d.Problem = at, status, problem
	switch {
	case problem == "":
		d.State = record.StateDelivered
	case status == http.StatusGone:
		d.DueAt, pause = at, record.PauseGone
	default:
		reschedule(&d, at)
	}
	h.finish(ctx, &c.Webhook, d, pause)
	return d
}

// send sends a delivery. It returns the status of the response, or 0, and why the
// delivery has not arrived, or "".
func (h *Hooks) send(ctx context.Context, url string, d *record.Delivery, secrets []string) (status int, problem string) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(d.Body))
	if err != nil {
		return 0, "the URL is malformed"
	}
	r.Header.Set("Content-Type", contentTypeOfBody)
	r.Header.Set("User-Agent", userAgent)
	sign(r.Header, d.EventID, h.lib.Now().Time(), d.Body, secrets)
	resp, err := h.client.Do(r)
	if err != nil {
		return 0, describeError(ctx, err)
	}
	defer resp.Body.Close()
	// A short body is read, so that its connection can be used again. What it says, and
	// whether it arrives, does not matter.
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	if resp.StatusCode/100 != 2 {
		return resp.StatusCode, fmt.Sprintf("the response has the status %d", resp.StatusCode)
	}
	return resp.StatusCode, ""
}

// describeError returns why there was no response, without addresses and without the
// URL, which may have a secret.
func describeError(ctx context.Context, err error) string {
	var (
		dns         *net.DNSError
		unknown     x509.UnknownAuthorityError
		hostname    x509.HostnameError
		certificate x509.CertificateInvalidError
		operation   *net.OpError
	)
	switch {
	case errors.Is(err, errNotAllowed):
		return "the address is not allowed"
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return "there was no response in time"
	case errors.As(err, &dns):
		return "the name of the host was not found"
	case errors.As(err, &unknown), errors.As(err, &hostname), errors.As(err, &certificate):
		return "the certificate of the host is not valid"
	case errors.As(err, &operation) && operation.Op == "dial":
		return "no connection could be opened"
	}
	return "the connection ended without a response"
}

// finish records the outcome of an attempt, also when ctx has ended. If that fails, the
// delivery is attempted again when its lease has ended.
func (h *Hooks) finish(ctx context.Context, w *record.Webhook, d record.Delivery, pause record.Pause) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	err := h.store.Finish(ctx, d, pause)
	log := h.log.With("workspace", d.Workspace, "webhook", string(d.WebhookID), "delivery", string(d.ID))
	if d.AssetID != "" {
		log = log.With("asset", string(d.AssetID))
	}
	switch {
	case errors.Is(err, assets.ErrNotFound): // the webhook was deleted, or another process has the lease
		return
	case err != nil:
		log.ErrorContext(ctx, "assets: the outcome of a delivery could not be recorded, so it is sent again", "error", err.Error())
	case pause != "":
		log.WarnContext(ctx, "assets: a webhook is paused", "reason", string(pause))
	case d.State == record.StateFailed:
		level := slog.LevelWarn
		if d.AssetID != "" && w.Failures+1 >= record.MaxFailures {
			log.Log(ctx, level, "assets: a webhook is paused", "reason", string(record.PauseFailures))
		}
		log.Log(ctx, level, "assets: a delivery has failed for good", "status", d.Status, "problem", d.Problem)
	}
}

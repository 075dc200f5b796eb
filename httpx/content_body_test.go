package httpx_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/10ex/assets/httpx"
	"github.com/10ex/assets/internal/testing/resttest"
)

func TestMultipart(t *testing.T) {
	t.Parallel()
	upload := func(as string, parts ...part) call {
		f := form(parts)
		return call{Method: "POST", Path: base, As: as, Form: &f}
	}
	table := []scenario{
		{"the part declares type and name", upload("writer", metadata(`{"type":"image","title":"i"}`),
			part{Name: "content", Media: "image/png", Filename: `C:\pics\höhe.png`, Body: string(png)}), want{
			Status: 201, Body: []string{`"media_type":"image/png"`, `"filename":"höhe.png"`, fmt.Sprintf(`"size_bytes":%d`, len(png))},
		}},
		{"the metadata wins", upload("writer", metadata(`{"type":"image","title":"i","filename":"x.png","media_type":"image/png"}`),
			part{Name: "content", Media: "text/html", Filename: "y", Body: string(png)}), want{Status: 201, Body: []string{`"image/png"`, `"x.png"`}}},
		{"octet-stream is sniffed", upload("writer", metadata(`{"type":"image","title":"i"}`),
			part{Name: "content", Media: "application/octet-stream", Body: string(png)}), want{Status: 201, Body: []string{`"image/png"`}}},
		{"metadata without a type", upload("writer", part{Name: "metadata", Body: bundle}, content("x")), want{Status: 201}},
		{"empty bundle", upload("writer", metadata(bundle), content("")), want{Status: 201}},
		{"UPL02 content first", upload("writer", content("x"), metadata(bundle)), want{Status: 400, Code: "bad_request"}},
		{"UPL02 metadata twice", upload("writer", metadata(bundle), metadata(bundle), content("x")), want{Status: 400, Code: "bad_request"}},
		{"UPL02 content twice", upload("writer", metadata(bundle), content("x"), content("y")), want{Status: 400, Code: "bad_request"}},
		{"UPL02 unknown part", upload("writer", metadata(bundle), content("x"), part{Name: "z", Body: "y"}), want{Status: 400, Code: "bad_request"}},
		{"UPL02 nested", upload("writer", part{Name: "metadata", Media: "multipart/mixed; boundary=b", Body: "--b--"}, content("x")), want{Status: 415}},
		{"no content", upload("writer", metadata(bundle)), want{Status: 400, Code: "bad_request"}},
		{"UPL02 text and file", upload("writer", metadata(`{"type":"copy","title":"c","text":"x"}`), content("y")), want{Status: 422, Locs: []string{"body.text"}}},
		{"UPL03 metadata", upload("writer", metadata(strings.Repeat(" ", 300<<10)+bundle), content("x")), want{Status: 413, Code: "payload_too_large"}},
		{"UPL03 header", upload("writer", part{Name: "metadata", Body: bundle, Header: map[string]string{"X-Fill": strings.Repeat("a", 1<<20)}}, content("x")), want{Status: 413}},
		{"UPL04 other digest", upload("writer", metadata(`{"type":"bundle","title":"b","sha256":"`+strings.Repeat("0", 64)+`"}`), content("x")), want{Status: 422, Code: "digest_mismatch"}},
		{"UPL05 one byte over", upload("writer", metadata(bundle), content(strings.Repeat("x", 1001))), want{Status: 413, Code: "payload_too_large"}},
		{"UPL06 part encoded", upload("writer", metadata(bundle), part{Name: "content", Body: "x", Header: map[string]string{"Content-Encoding": "gzip"}}), want{Status: 415}},
		{"part in base64", upload("writer", metadata(bundle), part{Name: "content", Body: "eA==", Header: map[string]string{"Content-Transfer-Encoding": "base64"}}), want{Status: 415}},
		{"UPL07 HTML as an image", upload("writer", metadata(`{"type":"image","title":"i"}`), part{Name: "content", Media: "image/png", Body: "<html><script>"}), want{Status: 415, Code: "unsupported_media_type"}},
		{"malformed metadata", upload("writer", metadata(`{"type":"bundle"`), content("x")), want{Status: 400, Code: "bad_request"}},
		{"unknown member", upload("writer", metadata(`{"type":"bundle","title":"b","Title":"c","type":"copy"}`), content("x")), want{Status: 422, Locs: []string{"body.Title", "body.type"}}},
	}
	eachSize(t, func(t *testing.T, size option) {
		run(t, func(t testing.TB, opts ...option) *resttest.Server {
			t.Helper()
			return newSmall(t, append(opts, size)...)
		}, table)
	})
}

func TestJSONBodies(t *testing.T) {
	t.Parallel()
	post := func(body string, header ...string) call {
		c := call{Method: "POST", Path: base, As: "writer", Body: body, Header: map[string]string{}}
		for i := 0; i+1 < len(header); i += 2 {
			c.Header[header[i]] = header[i+1]
		}
		return c
	}
	run(t, resttest.New, []scenario{
		{"no media type", post(`{}`, "Content-Type", ""), want{Status: 415}},
		{"merge patch is for PATCH", post(`{}`, "Content-Type", "application/merge-patch+json"), want{Status: 415}},
		{"latin-1", post(`{}`, "Content-Type", "application/json; charset=latin1"), want{Status: 415}},
		{"UPL06 encoded body", post(`{}`, "Content-Encoding", "gzip"), want{Status: 415, Code: "unsupported_media_type"}},
		{"empty", post(" "), want{Status: 400, Code: "bad_request"}},
		{"an array", post("[]"), want{Status: 422, Locs: []string{"body"}}},
		{"UPL08 a second object", post(`{"type":"copy"}{}`), want{Status: 400, Code: "bad_request"}},
		{"UPL08 deep", post(`{"provenance":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}"), want{Status: 400, Code: "bad_request"}},
		{"UPL08 and UPL09 all problems in one response", post(`{"type":"copy","Type":"copy","title":"a\u0000b","text":"x","tags":{"a":[1],"a":[]},"submit":"yes","provenance":{"derived_from":[{"version":1e999}],"modell":"x"},"sha256":""}`), want{
			Status: 422, Locs: []string{
				"body.Type", "body.provenance.derived_from.0.asset_id", "body.provenance.derived_from.0.version",
				"body.provenance.modell", "body.sha256", "body.submit", "body.tags.a", "body.tags.a.0", "body.title",
			},
		}},
		{"UPL09 NUL", post(`{"type":"copy","title":"a\u0000b","text":"x\u0000","filename":"\u0000"}`), want{Status: 422, Locs: []string{"body.filename", "body.text", "body.title"}}},
		{"UPL09 lone surrogate", post(`{"title":"\ud800"}`), want{Status: 400, Code: "bad_request"}},
		{"UPL09 invalid UTF-8", post("{\"title\":\"\xff\"}"), want{Status: 400, Code: "bad_request"}},
		{"UPL10 numbers keep their digits", post(`{"type":"copy","title":"t","text":"x","provenance":{"parameters":{"b":0.10,"a":9007199254740993}}}`), want{Status: 201, Body: []string{`{"a":9007199254740993,"b":0.10}`}}},
		{"UPL08 a number beyond float64", post(`{"type":"copy","title":"t","text":"x","provenance":{"parameters":{"a":[{"b":-1e999}]}}}`), want{Status: 400, Code: "bad_request"}},
		{"UPL08 such a number and another fault", post(`{"type":"nope","provenance":{"parameters":[1e999]}}`), want{Status: 400, Code: "bad_request"}},
		{"missing", post(`{}`), want{Status: 422, Locs: []string{"body.text", "body.title", "body.type"}}},
		{"LIM01 two fields over their limits", post(`{"type":"copy","text":"x","title":"` + strings.Repeat("a", 1<<20) + `","provenance":{"agent_slug":"A"}}`), want{Status: 422, Locs: []string{"body.provenance.agent_slug", "body.title"}}},
		{"too large", post(`{"text":"` + strings.Repeat("a", 9<<20) + `"}`), want{Status: 413, Code: "payload_too_large"}},
		{"chunked and too large", call{Method: "PATCH", Path: base + "/" + unknownID, As: "ann", Body: strings.Repeat(" ", 257<<10)}, want{Status: 413, Code: "payload_too_large"}},
	})
}

func TestTruncatedUploadsUPL01(t *testing.T) {
	t.Parallel()
	eachSize(t, truncatedUploads)
}

func truncatedUploads(t *testing.T, size option) {
	t.Helper()
	srv := resttest.New(t, size)
	addr := listen(t, srv, httpx.Options{})
	f := form{metadata(bundle), content("some bytes of content")}
	body, media := f.Encode(t)
	begin := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer writer\r\nContent-Type: %s\r\n", base, media)
	head := func(n int) string { return fmt.Sprintf("%sContent-Length: %d\r\n\r\n", begin, n) }
	chunk := fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n%x\r\n", begin, len(body))
	complete := len(strings.TrimRight(body, "\r\n"))
	for k := 0; k < complete; k += 7 {
		for _, announced := range []int{k, len(body)} { // without the final boundary; with fewer bytes than announced
			got := sendRaw(t, addr, head(announced)+body[:k], announced > k)
			if got.status != http.StatusBadRequest || !strings.Contains(got.body, "bad_request") {
				t.Fatalf("cut at %d of %d: %d %s", k, announced, got.status, got.body)
			}
		}
		if got := sendRaw(t, addr, chunk+body[:k], true); got.status != http.StatusBadRequest || !strings.Contains(got.body, "bad_request") {
			t.Fatalf("cut at %d of a chunk of %d: %d %s", k, len(body), got.status, got.body)
		}
	}
	if n := srv.Count(); n != 0 {
		t.Errorf("%d assets were created from truncated uploads", n)
	}
	if got := sendRaw(t, addr, head(len(body))+body, false); got.status != http.StatusCreated {
		t.Errorf("complete body: %d %s", got.status, got.body)
	}
}

func TestTooLargeBodyIsRefusedBeforeItIsSentUPL05(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t, smallLimit)
	addr := listen(t, srv, httpx.Options{})
	for media, limit := range map[string]int{
		"multipart/form-data; boundary=b": 1000 + 256<<10 + 64<<10,
		"application/json":                8 << 20,
	} {
		got := sendRaw(t, addr, fmt.Sprintf(
			"POST %s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nAuthorization: Bearer writer\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", base, media, limit+1,
		), false)
		if got.status != http.StatusRequestEntityTooLarge || !strings.Contains(got.body, "payload_too_large") {
			t.Errorf("%s: %d %s", media, got.status, got.body)
		}
	}
}

// endless is a reader that repeats piece and counts the bytes in n.
type endless struct {
	piece []byte
	at    int
	n     *int
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e.piece[e.at%len(e.piece)]
		e.at++
	}
	*e.n += len(p)
	return len(p), nil
}

func TestEndlessBodyUPL03(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t, smallLimit)
	for name, piece := range map[string]string{
		"preamble": "no boundary here\r\n",
		"one line": "x",
		"parts":    "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{}\r\n",
		"content":  "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n" + bundle + "\r\n--b\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\n" + strings.Repeat("x", 1<<16),
	} {
		read := 0
		r := httptest.NewRequestWithContext(t.Context(), "POST", base, &endless{piece: []byte(piece), n: &read})
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		r.Header.Set("Authorization", "Bearer writer")
		rec := httptest.NewRecorder()
		srv.Mux.ServeHTTP(rec, r)
		if rec.Code != 400 && rec.Code != 413 || read > 1<<20 {
			t.Errorf("%s: %d after %d bytes: %s", name, rec.Code, read, rec.Body)
		}
	}
}

func TestSlowUploadIsDisconnectedDBF09(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	addr := listen(t, srv, httpx.Options{StallTimeout: 50 * time.Millisecond})
	for _, body := range []string{"{", "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n" + bundle + "\r\n--b\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nx"} {
		media := "application/json"
		if body[0] == '-' {
			media = "multipart/form-data; boundary=b"
		}
		got := sendRaw(t, addr, fmt.Sprintf(
			"POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer writer\r\nContent-Type: %s\r\nContent-Length: 9000\r\n\r\n%s", base, media, body,
		), false)
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, "bad_request") {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if n := srv.Count(); n != 0 {
		t.Errorf("%d assets were created from slow uploads", n)
	}
}

func TestLargeUpload(t *testing.T) {
	t.Parallel()
	srv := resttest.New(t)
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
	id := srv.Upload("bundle", "", "big.bin", big)
	rec := srv.Send(call{Method: "GET", Path: base + "/" + id + "/versions/1/content", As: "reader"})
	if !bytes.Equal(rec.Body.Bytes(), big) {
		t.Error("the content has other bytes")
	}
}

// FuzzMetadata sends any multipart body: the response is JSON with an expected
// status, and an incomplete body is refused.
func FuzzMetadata(f *testing.F) {
	complete := "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json\r\n\r\n" + bundle +
		"\r\n--b\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n"
	f.Add(complete)
	f.Add(complete[:len(complete)-8])
	f.Add(strings.ReplaceAll(complete, "form-data", "attachment"))
	f.Add(strings.Replace(complete, "content\"", "content\"; filename*=UTF-8''%00%ff", 1))
	f.Add("--b--")
	srv := resttest.New(f)
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequestWithContext(t.Context(), "POST", base, strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		r.Header.Set("Authorization", "Bearer writer")
		rec := httptest.NewRecorder()
		srv.Mux.ServeHTTP(rec, r)
		switch rec.Code {
		case 201:
			if !strings.Contains(body, "--b--") {
				t.Error("accepted without a closing boundary")
			}
		case 400, 413, 415, 422:
		default:
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		if !json.Valid(rec.Body.Bytes()) {
			t.Errorf("not JSON: %s", rec.Body)
		}
	})
}

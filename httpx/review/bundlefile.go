package review

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/10ex/assets"
)

// Limits of what is read of one file of an archive.
const (
	maxFileText    = 64 << 10 // bytes of a text that are shown
	maxFilePicture = 8 << 20  // bytes of a picture
)

// The kinds of files of an archive that are shown beside the list.
var (
	pictureNames = []string{".png", ".jpg", ".jpeg", ".gif", ".webp"}
	textNames    = []string{".html", ".htm", ".css", ".js", ".mjs", ".json", ".txt", ".md", ".csv", ".svg", ".xml"}
)

// archiveFile is a file of an archive, shown beside the list of files: as a picture, or
// as the exact text, which is never laid out.
type archiveFile struct {
	Name    string
	Picture string // the address of its bytes, below the queue
	Lines   []line
	Cut     bool
}

// pictureLink returns the address of a picture that is in an archive, below the address
// of its version.
func pictureLink(version, name string) string {
	return version + "/file?name=" + url.QueryEscape(name)
}

func isPictureName(name string) bool {
	return slices.Contains(pictureNames, strings.ToLower(path.Ext(name)))
}

func isTextName(name string) bool {
	return slices.Contains(textNames, strings.ToLower(path.Ext(name)))
}

// fileLink returns the address of the page with a file beside the list.
func (v *visit) fileLink(f entry) string {
	if f.Change == "gone" || !isTextName(f.Name) && !isPictureName(f.Name) {
		return ""
	}
	query := v.r.URL.Query()
	query.Set("file", f.Name)
	return v.rel + "?" + query.Encode()
}

// readFile reads the file of a name, or the first one that can be shown. It returns nil
// if there is none.
func (v *visit) readFile(a *archive, s subject, files []entry, name string) (*archiveFile, error) {
	i := slices.IndexFunc(files, func(f entry) bool { return f.Link != "" && (f.Name == name || name == "") })
	if i < 0 {
		return nil, nil
	}
	f := &archiveFile{Name: files[i].Name}
	if isPictureName(f.Name) {
		f.Picture = pictureLink(versionPath(s.Asset.ID, s.Version.Number), f.Name)
		return f, nil
	}
	var text bytes.Buffer
	err := a.copyFile(&text, f.Name, maxFileText+1)
	if errors.Is(err, errFile) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	whole := text.Bytes()
	if len(whole) > maxFileText {
		whole, f.Cut = whole[:maxFileText], true
	}
	f.Lines = split(nil, assets.DiffEqual, strings.ToValidUTF8(string(whole), "\uFFFD"), false)
	return f, nil
}

// errFile: a file of an archive is missing or damaged.
var errFile = errors.New("the file of the archive cannot be read")

// copyFile copies the first bytes of a file of the archive.
func (a *archive) copyFile(to io.Writer, name string, limit int64) error {
	i := slices.IndexFunc(a.zip.File, func(f *zip.File) bool { return shownName(f) == name })
	if i < 0 {
		return errFile
	}
	a.blocks.left += limit + maxDirectory // what is stored may be longer than what it becomes
	from, err := a.zip.File[i].Open()
	if err != nil {
		return a.failed(err)
	}
	defer from.Close()
	if _, err := io.CopyN(to, from, limit); err != nil && !errors.Is(err, io.EOF) {
		return a.failed(err)
	}
	return nil
}

// failed returns errFile, unless the store or the client is the cause.
func (a *archive) failed(err error) error {
	if a.blocks.err != nil && !errors.Is(a.blocks.err, errDirectory) {
		return a.blocks.err
	}
	if a.blocks.ctx.Err() != nil {
		return a.blocks.ctx.Err()
	}
	return errors.Join(errFile, err)
}

// serveFile serves a picture that is in an archive. Nothing else is served from there:
// a page of an agent could only be shown with what it refers to.
func (v *visit) serveFile() error {
	id, err := v.id()
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(v.segment(2))
	name := v.r.URL.Query().Get("name")
	if err != nil || n < 1 || !isPictureName(name) {
		return assets.ErrNotFound
	}
	if err := v.reserve(2 * maxFilePicture); err != nil { // the buffer grows by doubling
		return err
	}
	picture, err := v.readPicture(id, assets.Number(n), name)
	if err != nil {
		return err
	}
	mediaType := http.DetectContentType(picture)
	if !strings.HasPrefix(mediaType, "image/") || len(picture) > maxFilePicture {
		return assets.ErrNotFound
	}
	h := v.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(picture)))
	if v.r.Method == http.MethodGet {
		_, _ = v.w.Write(picture) // fails only if the client has disconnected
	}
	return nil
}

// readPicture returns a file of the archive of a version, with a byte more than
// maxFilePicture if it is longer.
func (v *visit) readPicture(id assets.ID, n assets.Number, name string) ([]byte, error) {
	release, err := v.lib.Admit(v.r.Context(), zipMemory)
	if err != nil {
		return nil, err
	}
	defer release()
	a, err := v.openArchive(id, n)
	if errors.Is(err, errDirectory) {
		return nil, assets.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	defer a.close()
	var picture bytes.Buffer
	if err := a.copyFile(&picture, name, maxFilePicture+1); errors.Is(err, errFile) {
		return nil, assets.ErrNotFound
	} else if err != nil {
		return nil, err
	}
	return picture.Bytes(), nil
}

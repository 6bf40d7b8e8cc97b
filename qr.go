package whatspie

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/whatspie-go/whatspie/internal/qrimage"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// QR returns the code that connects a phone to the device when it is scanned. The first code of a session lives for
// about 60 seconds, each next one for 20: [DevicesService.Pair] fetches them in time. It is retried as a read, and where
// the server has no code yet.
//
// Errors: [ErrInvalidRequest] for an ID below 1, [ErrDeviceConnected] when there is nothing to scan,
// [ErrQRNotReady], [ErrQRGeneration], [ErrDeviceNotFound], [ErrUnauthorized], [ErrForbidden], [ErrRateLimited], and
// [ErrUnexpectedResponse] for anything that is not a PNG.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) QR(ctx context.Context, id int64, opts ...CallOption) (*QRCode, error) {
	answer, err := do[qrAnswer](ctx, s.client, http.MethodGet, deviceRoute(id, "/qr?response_type=url"), nil, opts)
	return answer.shown(), err
}

// QRCode is a code to scan with WhatsApp on a phone. It is a credential: whoever scans it owns the session. Printed
// or logged, it does not show itself.
type QRCode struct {
	// Pointers to strings are what fmt never looks behind, whatever the verb and whatever struct the code is in.
	png, link *string
}

var errNotPNG = errors.New("the QR code is not a PNG image")

// maxQRText bounds what is decoded: a QR code of the largest version, drawn large, stays far below.
const maxQRText = 16 << 20

// ParseQRCode reads a code in any of the forms that servers use: a data URI, bare base64 (standard or URL-safe,
// with or without padding and white space), or an https link. An empty text is [ErrQRNotReady]; anything that is
// not a PNG of a sensible size is an error. No error repeats the text.
func ParseQRCode(s string) (*QRCode, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return nil, ErrQRNotReady
	case len(s) > maxQRText:
		return nil, errors.New("the QR code is too large")
	case hasPrefixFold(s, "https:"):
		return parseQRLink(s)
	case hasPrefixFold(s, "data:"):
		return parseDataURI(s)
	default:
		return parseBase64(s)
	}
}

func parseQRLink(s string) (*QRCode, error) {
	link, err := url.Parse(s)
	if err != nil || link.Host == "" {
		return nil, errors.New("the QR code's link cannot be parsed")
	}
	plain := link.String()
	return &QRCode{link: &plain}, nil
}

// parseDataURI reads the media type leniently: what counts is that a PNG comes out.
func parseDataURI(s string) (*QRCode, error) {
	header, payload, found := strings.Cut(s, ",")
	if !found || !strings.HasSuffix(strings.ToLower(strings.TrimSpace(header)), ";base64") {
		return nil, errors.New("the QR code's data URI is not base64")
	}
	if plain, err := url.PathUnescape(payload); err == nil {
		payload = plain
	}
	return parseBase64(payload)
}

func parseBase64(s string) (*QRCode, error) {
	if png, err := base64.StdEncoding.DecodeString(s); err == nil && len(png) > 0 {
		return parsePNG(png)
	}
	standard := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		default:
			return r
		}
	}, s)
	if standard == "" {
		return nil, ErrQRNotReady
	}
	png, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(standard, "="))
	if err != nil {
		return nil, errNotPNG
	}
	return parsePNG(png)
}

func parsePNG(png []byte) (*QRCode, error) {
	if !wire.IsPNG(png) {
		return nil, errNotPNG
	}
	if err := qrimage.Check(png); err != nil {
		return nil, fmt.Errorf("the QR code: %w", err)
	}
	file := string(png)
	return &QRCode{png: &file}, nil
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// PNG returns a copy of the image file; nil when the API sent a link.
func (q QRCode) PNG() []byte {
	if q.png == nil {
		return nil
	}
	return []byte(*q.png)
}

// DataURI returns the image as a data URI, ready for an HTML img; empty when the API sent a link.
func (q QRCode) DataURI() string {
	png := q.PNG()
	if png == nil {
		return ""
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
}

// URL returns the https link to the image that the API sent in its place; empty when it sent the image.
func (q QRCode) URL() string {
	if q.link == nil {
		return ""
	}
	return *q.link
}

// Image decodes the picture. The error says what is wrong with the file.
func (q QRCode) Image() (image.Image, error) {
	png := q.PNG()
	if png == nil {
		return nil, errors.New("whatspie: the API sent a link in place of the QR code's image")
	}
	decoded, err := qrimage.Decode(png)
	if err != nil {
		return nil, fmt.Errorf("whatspie: the QR code: %w", err)
	}
	return decoded, nil
}

// WriteTerminal draws the code with half blocks, black on white whatever the terminal's colours, within a quiet
// zone of its own. It takes [QRCode.TerminalSize] characters and ends with a line break. The error says what is
// wrong with the image, or is the writer's.
func (q QRCode) WriteTerminal(w io.Writer) error {
	grid, err := q.grid()
	if err != nil {
		return err
	}
	return grid.WriteTerminal(w)
}

// TerminalSize returns how many columns and rows of characters [QRCode.WriteTerminal] takes. In a terminal with
// fewer columns the lines would wrap, and the code could not be scanned.
func (q QRCode) TerminalSize() (columns, rows int, err error) {
	grid, err := q.grid()
	if err != nil {
		return 0, 0, err
	}
	return grid.Columns(), grid.Rows(), nil
}

func (q QRCode) grid() (*qrimage.Grid, error) {
	picture, err := q.Image()
	if err != nil {
		return nil, err
	}
	grid, err := qrimage.Find(picture)
	if err != nil {
		return nil, fmt.Errorf("whatspie: the QR code: %w", err)
	}
	return grid, nil
}

// String shows that there is a code, and not the code.
func (q QRCode) String() string {
	switch {
	case q.png != nil:
		return fmt.Sprintf("whatspie.QRCode{image, %d bytes}", len(*q.png))
	case q.link != nil:
		return "whatspie.QRCode{link}"
	default:
		return "whatspie.QRCode{}"
	}
}

// GoString is String, for %#v.
func (q QRCode) GoString() string { return q.String() }

// Format writes String, whatever the verb.
func (q QRCode) Format(f fmt.State, _ rune) { writeString(f, q.String()) }

// LogValue is String, for slog.
func (q QRCode) LogValue() slog.Value { return slog.StringValue(q.String()) }

// qrAnswer is an answer that must hold a code: in "qr", or alone.
type qrAnswer struct{ code QRCode }

// shown is nil where the call failed.
func (a *qrAnswer) shown() *QRCode {
	if a == nil {
		return nil
	}
	return &a.code
}

func (a *qrAnswer) UnmarshalJSON(data []byte) error {
	if wire.IsHollow(data) {
		return ErrQRNotReady
	}
	var nested struct {
		QR json.RawMessage `json:"qr"`
	}
	if json.Unmarshal(data, &nested) == nil {
		if data = nested.QR; data == nil {
			return errNotPNG
		}
	}
	var text *string
	if json.Unmarshal(data, &text) != nil {
		return errNotPNG
	}
	if text == nil {
		return ErrQRNotReady
	}
	return a.parse(*text)
}

func (a *qrAnswer) parse(text string) error {
	code, err := ParseQRCode(text)
	if err != nil {
		return err
	}
	a.code = *code
	return nil
}

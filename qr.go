package whatspie

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"io"
	"net/http"

	"github.com/whatspie-go/whatspie/internal/qrimage"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// QR returns the code that connects a phone to the device when it is scanned. A code expires, usually within 20 to 60
// seconds; the API does not say when. [DevicesService.Pair] detects this and fetches the next code. QR is retried as a
// read, and also if the server has no code yet or sends a damaged image.
//
// Errors: [ErrInvalidRequest] for an ID below 1, [ErrDeviceConnected] if there is nothing to scan, [ErrQRNotReady],
// [ErrQRGeneration], [ErrDeviceNotFound], [ErrUnauthorized], [ErrForbidden], [ErrRateLimited], [ErrServer],
// [ErrNoResponse], and [ErrUnexpectedResponse] for a response without a valid code.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) QR(ctx context.Context, id int64, opts ...CallOption) (*QRCode, error) {
	return do(ctx, s.api, http.MethodGet, deviceRoute(id, "/qr?response_type=url"), nil, &qrResult{}, opts)
}

// QRCode is a code to scan with WhatsApp on a phone. It is a credential: whoever scans it controls the WhatsApp
// session. fmt, log/slog and encoders never print its contents, whether they get a value, a pointer or a struct that
// contains it. All methods may be called on a nil *QRCode: they return a zero value or an error.
type QRCode struct {
	// fmt prints a pointer to a string as an address, whatever the verb and whatever struct contains the code.
	png, link *string
}

// ParseQRCode parses a QR code in any of the forms that servers are known to send: an image as a data URI or as bare
// base64, or an https link to one. A JPEG or GIF image is converted to PNG. The base64 may be standard or URL-safe,
// with or without padding and white space, and with spaces in place of its plus signs. All of s may be quoted or
// percent-encoded.
//
// ParseQRCode returns [ErrQRNotReady] if s is empty. It returns another error if s has none of these forms, or if the
// image is damaged or too large. No error contains s.
func ParseQRCode(s string) (*QRCode, error) {
	png, link, err := qrimage.Parse(s)
	switch {
	case errors.Is(err, qrimage.ErrEmpty):
		return nil, ErrQRNotReady
	case errors.Is(err, qrimage.ErrDamaged):
		return nil, errDamagedQR
	case err != nil:
		return nil, fmt.Errorf("the QR code: %w", err)
	case link != "":
		return &QRCode{link: &link}, nil
	default:
		return &QRCode{png: &png}, nil
	}
}

var (
	errDamagedQR = transientError("the QR code: the image is damaged")
	errNoQR      = errors.New("no QR code in the response")
)

// PNG returns a copy of the image file, or nil if the API sent a link.
func (q *QRCode) PNG() []byte {
	if q == nil || q.png == nil {
		return nil
	}
	return []byte(*q.png)
}

// DataURI returns the image as a data URI for the src attribute of an HTML img, or "" if the API sent a link.
func (q *QRCode) DataURI() string {
	png := q.PNG()
	if png == nil {
		return ""
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
}

// URL returns the https link that the API sent instead of an image, or "" if it sent an image.
func (q *QRCode) URL() string {
	if q == nil || q.link == nil {
		return ""
	}
	return *q.link
}

// Image decodes the image. It returns an error if the image is damaged, or if the API sent a link.
func (q *QRCode) Image() (image.Image, error) {
	png := q.PNG()
	switch {
	case q.URL() != "":
		return nil, errors.New("whatspie: the API sent a link instead of an image of the QR code")
	case png == nil:
		return nil, errors.New("whatspie: no QR code")
	}
	decoded, err := qrimage.Decode(png)
	if err != nil {
		return nil, fmt.Errorf("whatspie: the QR code: %w", err)
	}
	return decoded, nil
}

// WriteTerminal draws the code with half blocks, black on white regardless of the terminal's colors, with a quiet zone
// of 4 modules. The drawing takes [QRCode.TerminalSize] characters. Each line consists of the sequence
// ESC[38;5;16;48;5;231m, one of " ▀▄█" per column, ESC[0m and a line feed.
//
// It returns an error if no QR code is found in the image, or if writing fails.
func (q *QRCode) WriteTerminal(w io.Writer) error { return q.draw(w, qrimage.HalfBlocks()) }

// TerminalSize returns the number of columns and rows that [QRCode.WriteTerminal] needs. In a terminal with fewer
// columns the lines wrap, and the code cannot be scanned.
func (q *QRCode) TerminalSize() (columns, rows int, err error) {
	return q.terminalSize(qrimage.HalfBlocks())
}

// WriteTerminalCompact draws the code as [QRCode.WriteTerminal] does, but with two by three modules per character and a
// quiet zone of 2 modules. The drawing takes [QRCode.TerminalSizeCompact] characters: a code of 57 modules takes 31
// columns and 21 rows, compared to 65 and 33 with WriteTerminal. A terminal of 80 by 24 fits every code of up to 65
// modules.
//
// The terminal needs a font with the sextants of Unicode 13 (U+1FB00 to U+1FB3B). Without them the code cannot be
// scanned.
func (q *QRCode) WriteTerminalCompact(w io.Writer) error { return q.draw(w, qrimage.Sextants()) }

// TerminalSizeCompact returns the number of columns and rows that [QRCode.WriteTerminalCompact] needs.
func (q *QRCode) TerminalSizeCompact() (columns, rows int, err error) {
	return q.terminalSize(qrimage.Sextants())
}

func (q *QRCode) draw(w io.Writer, style qrimage.Style) error {
	grid, err := q.grid()
	if err != nil {
		return err
	}
	return grid.WriteTerminal(w, style)
}

func (q *QRCode) terminalSize(style qrimage.Style) (columns, rows int, err error) {
	grid, err := q.grid()
	if err != nil {
		return 0, 0, err
	}
	columns, rows = grid.TerminalSize(style)
	return columns, rows, nil
}

func (q *QRCode) grid() (*qrimage.Grid, error) {
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

// String describes the kind of code without showing it.
func (q *QRCode) String() string {
	switch {
	case q == nil:
		return "<nil>"
	case q.png != nil:
		return fmt.Sprintf("whatspie.QRCode{image, %d bytes}", len(*q.png))
	case q.link != nil:
		return "whatspie.QRCode{link}"
	default:
		return "whatspie.QRCode{}"
	}
}

// qrResult decodes a code from "qr" or from a bare value.
type qrResult struct {
	parsed QRCode
	text   string
	err    error
}

func (q *qrResult) read(r *wire.Reader) {
	*q = qrResult{}
	if kind := r.Kind(); kind == '[' {
		r.NoteNextType()
		for range r.Elements() {
			q.err = errNoQR
			r.Skip()
		}
		return
	} else if kind != '{' {
		r.NoteNextType()
		q.readText(r)
		return
	}
	named, empty := false, true
	for key := range r.Members() {
		empty = empty && r.IsEmpty()
		if string(key) == "qr" {
			named = true
			q.readText(r)
		} else {
			r.SkipUnknown()
		}
	}
	if !named && !empty {
		q.err = errNoQR
	}
}

// readText reads the code as text. An empty value in any form becomes "", which [ParseQRCode] reports as not ready.
func (q *qrResult) readText(r *wire.Reader) {
	q.text, q.err = "", nil
	switch r.Kind() {
	case '"', 'n':
		q.text = r.Text()
	default:
		r.NoteNextType()
		q.err = errNoQR
		r.Skip()
	}
}

func (q *qrResult) check(wire.Envelope) error {
	if q.err != nil {
		return q.err
	}
	code, err := ParseQRCode(q.text)
	if err != nil {
		return err
	}
	q.parsed = *code
	return nil
}

func (q *qrResult) value() *QRCode { return &q.parsed }

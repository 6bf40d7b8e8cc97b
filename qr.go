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

// QR returns the code that connects a phone to the device when it is scanned. The first code of a session lives for
// about 60 seconds, each next one for 20: [DevicesService.Pair] fetches them in time. QR is retried as a read, and if the
// server has no code yet or sends a damaged image.
//
// Errors: [ErrInvalidRequest] for an ID below 1, [ErrDeviceConnected] when there is nothing to scan,
// [ErrQRNotReady], [ErrQRGeneration], [ErrDeviceNotFound], [ErrUnauthorized], [ErrForbidden], [ErrRateLimited], and
// [ErrUnexpectedResponse] for anything that [ParseQRCode] refuses.
//
// Source: https://docs.whatspie.com/docs/device-management
func (s *DevicesService) QR(ctx context.Context, id int64, opts ...CallOption) (*QRCode, error) {
	answer, err := do[qrAnswer](ctx, s.client, http.MethodGet, deviceRoute(id, "/qr?response_type=url"), nil, opts)
	return answer.shown(), err
}

// QRCode is a code to scan with WhatsApp on a phone. It is a credential: whoever scans it owns the session. fmt, slog and
// encoders never show it, be it a value, a pointer or part of another struct. The methods of a nil *QRCode return nothing or
// an error.
type QRCode struct {
	// fmt does not look behind pointers to strings, whatever the verb and whatever struct the code is in.
	png, link *string
}

var (
	errNotPNG  = errors.New("the QR code is not a PNG, JPEG or GIF image")
	errDamaged = transientError("the QR code's image is damaged")
)

// PNG returns a copy of the image file; nil if the API sent a link.
func (q *QRCode) PNG() []byte {
	if q == nil || q.png == nil {
		return nil
	}
	return []byte(*q.png)
}

// DataURI returns the image as a data URI, ready for an HTML img; empty if the API sent a link.
func (q *QRCode) DataURI() string {
	png := q.PNG()
	if png == nil {
		return ""
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
}

// URL returns the https link to the image that the API sent in its place; empty if it sent the image.
func (q *QRCode) URL() string {
	if q == nil || q.link == nil {
		return ""
	}
	return *q.link
}

// Image decodes the picture. The error says what is wrong with the file.
func (q *QRCode) Image() (image.Image, error) {
	png := q.PNG()
	switch {
	case q.URL() != "":
		return nil, errors.New("whatspie: the API sent a link in place of the QR code's image")
	case png == nil:
		return nil, errors.New("whatspie: no QR code")
	}
	decoded, err := qrimage.Decode(png)
	if err != nil {
		return nil, fmt.Errorf("whatspie: the QR code: %w", err)
	}
	return decoded, nil
}

// WriteTerminal draws the code with half blocks, black on white whatever the terminal's colours, within a quiet zone of 4
// modules. It takes [QRCode.TerminalSize] characters. A line is the sequence ESC[38;5;16;48;5;231m, one of " ▀▄█" for each
// column, ESC[0m and a line break. The error says what is wrong with the image, or is the writer's.
func (q *QRCode) WriteTerminal(w io.Writer) error { return q.draw(w, qrimage.HalfBlocks()) }

// TerminalSize returns how many columns and rows of characters [QRCode.WriteTerminal] takes. In a terminal with
// fewer columns the lines would wrap, and the code could not be scanned.
func (q *QRCode) TerminalSize() (columns, rows int, err error) {
	return q.terminalSize(qrimage.HalfBlocks())
}

// WriteTerminalCompact draws the code as [QRCode.WriteTerminal] does, with two by three modules a character and a quiet zone of
// 2 modules. It takes [QRCode.TerminalSizeCompact] characters: 31 by 21 for a code of 57 modules, which WriteTerminal
// draws in 65 by 33. A terminal of 80 by 24 holds every code of up to 65 modules, one of 120 by 30 up to 85.
//
// The characters are sextants (U+1FB00 to U+1FB3B, in Unicode since 2020) and blocks. Terminals that draw them by themselves
// are VTE (GNOME Terminal), kitty, foot, WezTerm, Ghostty, Windows Terminal and recent iTerm2 and Konsole; others need a font
// that has them. Without one the code cannot be scanned.
func (q *QRCode) WriteTerminalCompact(w io.Writer) error { return q.draw(w, qrimage.Sextants()) }

// TerminalSizeCompact returns how many columns and rows of characters [QRCode.WriteTerminalCompact] takes.
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

// String says what kind of code it is, and does not show it.
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

// qrAnswer is a response that must hold a code: in "qr", or alone.
type qrAnswer struct {
	code QRCode
	text string
	err  error
}

func (a *qrAnswer) read(r *wire.Reader) {
	*a = qrAnswer{}
	if kind := r.Kind(); kind == '[' {
		r.NoteType()
		for range r.Elements() {
			a.err = errNotPNG
			r.Skip()
		}
		return
	} else if kind != '{' {
		r.NoteType()
		a.readText(r)
		return
	}
	named, hollow := false, true
	for key := range r.Members() {
		hollow = hollow && r.IsEmpty()
		if string(key) == "qr" {
			named = true
			a.readText(r)
		} else {
			r.Unknown()
		}
	}
	if !named && !hollow {
		a.err = errNotPNG
	}
}

// readText reads the code as text. Nothing, in whatever form, is left for [ParseQRCode] to refuse.
func (a *qrAnswer) readText(r *wire.Reader) {
	a.text, a.err = "", nil
	switch r.Kind() {
	case '"', 'n':
		a.text = r.Text()
	default:
		r.NoteType()
		a.err = errNotPNG
		r.Skip()
	}
}

func (a *qrAnswer) check(wire.Envelope) error {
	if a.err != nil {
		return a.err
	}
	code, err := ParseQRCode(a.text)
	if err != nil {
		return err
	}
	a.code = *code
	return nil
}

// shown is nil where the call failed.
func (a *qrAnswer) shown() *QRCode {
	if a == nil {
		return nil
	}
	return &a.code
}

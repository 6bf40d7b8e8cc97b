package wire

import (
	"bytes"
	"encoding/base64"
)

// readImage converts a raw image to the documented JSON, so that callers handle one format.
func readImage(body []byte, notes *Notes, data func(*Reader)) (Envelope, error) {
	r := NewReader([]byte(`{"qr":"data:image/png;base64,` + base64.StdEncoding.EncodeToString(body) + `"}`))
	r.notes = notes
	r.NoteType()
	data(r)
	return Envelope{}, r.End()
}

// IsPNG reports whether b starts like a PNG file.
func IsPNG(b []byte) bool { return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) }

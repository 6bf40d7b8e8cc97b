package wire

import (
	"bytes"
	"encoding/base64"
)

// imageObject converts a raw image to the documented JSON object, so that callers handle one format.
func imageObject(image []byte) []byte {
	return []byte(`{"qr":"data:image/png;base64,` + base64.StdEncoding.EncodeToString(image) + `"}`)
}

// IsPNG reports whether b starts like a PNG file.
func IsPNG(b []byte) bool { return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) }

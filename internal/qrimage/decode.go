// Package qrimage finds the modules of a QR code in the pixels of a PNG and draws them in a terminal. It does not
// read the code: what matters is that a phone can.
package qrimage

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
)

// What is decoded at most: far beyond any QR code, far below what hurts.
const (
	maxBytes = 8 << 20
	maxSide  = 4096
)

// ErrNotPNG means that the bytes are not a PNG, or a broken one.
var ErrNotPNG = errors.New("not a PNG image")

// ErrTooLarge means that the image has more bytes or pixels than a QR code can need.
var ErrTooLarge = errors.New("image too large")

// Check looks at the file's header alone.
func Check(file []byte) error {
	if len(file) > maxBytes {
		return ErrTooLarge
	}
	header, err := png.DecodeConfig(bytes.NewReader(file))
	switch {
	case err != nil:
		return ErrNotPNG
	case header.Width < 1 || header.Height < 1:
		return ErrNotPNG
	case header.Width > maxSide || header.Height > maxSide:
		return fmt.Errorf("%w: %d by %d pixels", ErrTooLarge, header.Width, header.Height)
	default:
		return nil
	}
}

// Decode decodes the pixels of a file that passes [Check].
func Decode(file []byte) (image.Image, error) {
	if err := Check(file); err != nil {
		return nil, err
	}
	decoded, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, ErrNotPNG
	}
	return decoded, nil
}

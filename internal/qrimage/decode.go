// Package qrimage finds the modules of a QR code in the pixels of a PNG and draws them in a terminal. It does not
// read the code: what matters is that a phone can.
package qrimage

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
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

// canvas is an image as brightness, row by row.
type canvas struct {
	width, height     int
	pixels            []uint8
	darkest, lightest uint8
}

// newCanvas lays an image on a background, which shows where it is transparent.
func newCanvas(picture image.Image, background color.Color) canvas {
	bounds := picture.Bounds()
	opaque := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	draw.Draw(opaque, opaque.Bounds(), image.NewUniform(background), image.Point{}, draw.Src)
	draw.Draw(opaque, opaque.Bounds(), picture, bounds.Min, draw.Over)
	c := canvas{width: bounds.Dx(), height: bounds.Dy(), pixels: make([]uint8, bounds.Dx()*bounds.Dy()), darkest: math.MaxUint8}
	for i := range c.pixels {
		at := opaque.Pix[4*i:]
		light := brightness(at[0], at[1], at[2])
		c.pixels[i] = light
		c.darkest, c.lightest = min(c.darkest, light), max(c.lightest, light)
	}
	return c
}

// isFlat tells that there is nothing to see.
func (c *canvas) isFlat() bool { return int(c.lightest)-int(c.darkest) < minContrast }

// ink is how strong a pixel is between the background, 0, and the code, 1.
func (c *canvas) ink(i int, inverted bool) float64 {
	light := float64(c.pixels[i]-c.darkest) / float64(c.lightest-c.darkest)
	if inverted {
		return light
	}
	return 1 - light
}

// minContrast is the least difference in brightness that a phone's camera could tell.
const minContrast = 32

// brightness weighs the colours as the eye does (ITU-R BT.601).
func brightness(r, g, b uint8) uint8 {
	const red, green, blue, all = 299, 587, 114, 1000
	return uint8((red*uint32(r) + green*uint32(g) + blue*uint32(b)) / all & math.MaxUint8)
}

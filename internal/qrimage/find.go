package qrimage

import (
	"errors"
	"image"
)

// ErrNoGrid means that the image shows no complete, undistorted QR code.
var ErrNoGrid = errors.New("no QR code found in the image")

// Find locates a QR code's modules: at any scale from one pixel per module, with or without a quiet zone, inverted or
// coloured, rotated by about a multiple of 90 degrees, alone or next to other content.
func Find(picture image.Image) (*Grid, error) {
	return search(picture, &budget{left: maxSteps})
}

func search(picture image.Image, work *budget) (*Grid, error) {
	pixels, ok := picture.(image.RGBA64Image) // true for all images of the standard library
	if !ok || !isBounded(pixels.Bounds()) {
		return nil, ErrNoGrid
	}
	colours := inColours(pixels)
	if min(colours.Rect.Dx(), colours.Rect.Dy()) < minSize {
		return nil, ErrNoGrid
	}
	for _, onWhite := range backgrounds(colours) {
		for _, weights := range channels(colours) {
			if g := newCanvas(colours, onWhite, weights, work).find(); g != nil {
				return g, nil
			}
			if work.isSpent() {
				return nil, ErrNoGrid
			}
		}
	}
	return nil, ErrNoGrid
}

// isBounded reports whether the image is not empty and not larger than [Decode] allows.
func isBounded(box image.Rectangle) bool {
	width, height := box.Dx(), box.Dy() // negative for an invalid rectangle
	return width > 0 && height > 0 && width <= maxMemory/height
}

// backgrounds returns what to draw behind a transparent image: white, and black in case the code is white.
func backgrounds(colours *image.RGBA) (onWhite []bool) {
	if colours.Opaque() {
		return []bool{true}
	}
	return []bool{true, false}
}

// channels returns the projections to try: colours of equal brightness differ in red, green or blue.
func channels(colours *image.RGBA) []channel {
	if isGrey(colours) {
		return []channel{brightness}
	}
	return []channel{brightness, red, green, blue}
}

// find first assumes that the code fills the image, as the API's do.
func (c *canvas) find() *Grid {
	c.work.spend(len(c.pixels))
	o := c.outline()
	inks := o.inks()
	if len(inks) == 0 {
		return nil
	}
	if g := c.alone(o, inks); g != nil {
		return g
	}
	// Halving closes the gaps between separated modules.
	for ; min(c.width, c.height) >= minSize && !c.work.isSpent(); c = c.halved() {
		for _, threshold := range c.thresholds() {
			if g := c.among(threshold); g != nil {
				return g
			}
		}
	}
	return nil
}

// alone reads a code whose edges are the bounding box of all ink, in every size and rotation.
func (c *canvas) alone(o outline, inks []ink) *Grid {
	var best reading
	for _, i := range inks {
		for _, faintest := range []float64{0.5, 0.1} {
			all := o.area(i, faintest)
			for size := minSize; size <= maxSize; size += sizeStep {
				f := all.frame(size)
				if f.pitch() < minPitch {
					break
				}
				for range 4 {
					best = best.orClearer(c.read(f, size))
					if best.clarity > plain {
						return best.grid
					}
					f = f.turned(size)
				}
			}
		}
	}
	return best.grid
}

// among reads a code next to other content, such as a caption or frame, located by its three finder patterns.
func (c *canvas) among(threshold uint8) *Grid {
	for _, spots := range c.spots(threshold) {
		for _, t := range triples(spots) {
			var best reading
			for size := minSize; size <= maxSize; size += sizeStep {
				if c.work.isSpent() {
					return nil
				}
				if t.fits(size) {
					best = best.orClearer(c.read(t.frame(size), size))
				}
			}
			if best.grid != nil {
				return best.grid
			}
		}
	}
	return nil
}

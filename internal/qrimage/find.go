package qrimage

import (
	"errors"
	"image"
)

// ErrNoGrid means that the image does not show the modules of a QR code, whole and undistorted.
var ErrNoGrid = errors.New("no QR code found in the image")

// Find reads the modules out of an image: of any scale from one pixel a module, with or without a margin, dark on light or
// the reverse or in two colours, in any upright turn or a little off it, alone or among other things.
func Find(picture image.Image) (*Grid, error) {
	return search(picture, &budget{left: maxSteps})
}

func search(picture image.Image, work *budget) (*Grid, error) {
	pixels, ok := picture.(image.RGBA64Image) // every image of the standard library is
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

// isBounded reports whether the image has pixels, and not more than [Decode] would have decoded.
func isBounded(box image.Rectangle) bool {
	width, height := box.Dx(), box.Dy() // of an impossible box they are negative
	return width > 0 && height > 0 && width <= maxMemory/height
}

// backgrounds are what shows through a transparent image, white or not: one of them differs from its code.
func backgrounds(colours *image.RGBA) (onWhite []bool) {
	if colours.Opaque() {
		return []bool{true}
	}
	return []bool{true, false}
}

// channels are the ways to see a colour as one number. Colours of equal brightness differ in red, green or blue.
func channels(colours *image.RGBA) []channel {
	if isGrey(colours) {
		return []channel{brightness}
	}
	return []channel{brightness, red, green, blue}
}

// find looks at the whole image first: what the API sends is a code and nothing else.
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
	for ; min(c.width, c.height) >= minSize && !c.work.isSpent(); c = c.halved() { // halving closes the gaps between modules drawn apart
		for _, threshold := range c.thresholds() {
			if g := c.among(threshold); g != nil {
				return g
			}
		}
	}
	return nil
}

// alone reads a code of any size whose edges are those of all ink.
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

// among reads a code next to something else, a caption or a frame: three finder patterns show where it is.
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

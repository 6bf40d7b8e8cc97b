package qrimage_test

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

// rings is an image of nothing but finder patterns, each module of a number of pixels, in colours whose channels all differ.
func rings(side, module, period int) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		x, y := i%side, i/side
		column, row := x/module%period, y/module%period
		if ring := max(column-3, 3-column, row-3, 3-row); ring != 2 && ring <= 3 {
			picture.SetNRGBA(x, y, color.NRGBA{uint8(x & 0x3f), uint8(y & 0x3f), uint8((x + y) & 0x3f), 0xff})
		} else {
			picture.SetNRGBA(x, y, color.NRGBA{0xff, 0xff, 0xff, uint8(x & 0x40)})
		}
	}
	return picture
}

// Counting steps avoids measuring time.
func TestFindBoundsItsWork(t *testing.T) {
	t.Parallel()
	noise := image.NewNRGBA(image.Rect(0, 0, 1500, 1500))
	_, err := rand.NewChaCha8([32]byte{}).Read(noise.Pix)
	require.NoError(t, err)
	tests := map[string]struct {
		picture   image.Image
		isStopped bool
	}{
		"noise":              {noise, true},
		"rings":              {rings(1200, 3, 9), true},
		"rings that touch":   {rings(1200, 2, 8), true},
		"rings far apart":    {rings(1200, 4, 18), true},
		"only a few rings":   {rings(200, 4, 14), false},
		"a line across":      {image.NewGray(image.Rect(0, 0, 100_000, 1)), false},
		"a line down":        {image.NewGray(image.Rect(0, 0, 1, 100_000)), false},
		"an image of 1 by 1": {image.NewGray(image.Rect(0, 0, 1, 1)), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, steps, err := qrimage.Steps(test.picture)
			require.ErrorIs(t, err, qrimage.ErrNoGrid)
			assert.Equal(t, test.isStopped, steps > qrimage.MaxSteps, "%d steps", steps)
			assert.Less(t, steps, qrimage.MaxSteps*11/10, "it stops soon after")
		})
	}
}

// A code that fills the image is read before the search.
func TestFindReadsAPlainCodeAtOnce(t *testing.T) {
	t.Parallel()
	for _, scale := range []int{2, 4, 8} {
		for _, margin := range []int{0, 4} {
			code := encode(t, payload(10, 10))
			picture := paint(code, scale, margin, color.Black, color.White)
			_, steps, err := qrimage.Steps(picture)
			require.NoError(t, err)
			pixels := picture.Bounds().Dx() * picture.Bounds().Dy()
			assert.Less(t, steps, 2*pixels+550_000, "scale %d, margin %d", scale, margin)
		}
	}
}

// Even the hardest codes stay far below the limit.
func TestFindHasTimeForALargePicture(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(10, 10))
	red, green := color.NRGBA{0xff, 0, 0, 0xff}, color.NRGBA{0, 0x80, 0, 0xff} // equally bright
	picture := on(color.Black, 2048, 2048, image.Pt(700, 900), paint(code, 6, 4, red, green))
	grid, steps, err := qrimage.Steps(picture)
	require.NoError(t, err)
	assert.Equal(t, drawn(code), plain(terminal(t, grid)))
	assert.Less(t, steps, qrimage.MaxSteps/2)
}

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

// finderTiles returns an image of finder patterns only. Module is the side of a module in pixels, period the distance
// of the patterns in modules. The color channels differ from each other, and parts are transparent.
func finderTiles(side, module, period int) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		x, y := i%side, i/side
		if isFinderDark(x/module%period, y/module%period) {
			picture.SetNRGBA(x, y, color.NRGBA{uint8(x & 0x3f), uint8(y & 0x3f), uint8((x + y) & 0x3f), 0xff})
		} else {
			picture.SetNRGBA(x, y, color.NRGBA{0xff, 0xff, 0xff, uint8(x & 0x40)})
		}
	}
	return picture
}

// The work on an image is bounded in steps, which are counted because time varies.
func TestFind_boundsWork(t *testing.T) {
	t.Parallel()
	noise := image.NewNRGBA(image.Rect(0, 0, 1500, 1500))
	_, err := rand.NewChaCha8([32]byte{}).Read(noise.Pix)
	require.NoError(t, err)
	tests := map[string]struct {
		picture image.Image
		stopped bool
	}{
		"noise":                     {noise, true},
		"finder patterns":           {finderTiles(1200, 3, 9), true},
		"finder patterns, adjacent": {finderTiles(1200, 2, 8), true},
		"finder patterns, apart":    {finderTiles(1200, 4, 18), true},
		"a few finder patterns":     {finderTiles(200, 4, 14), false},
		"one row":                   {image.NewGray(image.Rect(0, 0, 100_000, 1)), false},
		"one column":                {image.NewGray(image.Rect(0, 0, 1, 100_000)), false},
		"one pixel":                 {image.NewGray(image.Rect(0, 0, 1, 1)), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, steps, err := qrimage.Steps(test.picture)
			require.ErrorIs(t, err, qrimage.ErrNoGrid)
			assert.Equal(t, test.stopped, steps > qrimage.MaxSteps, "%d steps", steps)
			assert.Less(t, steps, qrimage.MaxSteps*11/10, "stopped too late")
		})
	}
}

// A code that fills the image is found without a search for finder patterns.
func TestFind_fillingCodeIsFast(t *testing.T) {
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

// A code that is hard to find takes less than half of the budget.
func TestFind_budgetSuffices(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(10, 10))
	red, green := color.NRGBA{0xff, 0, 0, 0xff}, color.NRGBA{0, 0x80, 0, 0xff} // of equal brightness
	picture := place(color.Black, 2048, 2048, image.Pt(700, 900), paint(code, 6, 4, red, green))
	grid, steps, err := qrimage.Steps(picture)
	require.NoError(t, err)
	assert.Equal(t, wantHalfBlocks(code), withoutColors(drawHalfBlocks(t, grid)))
	assert.Less(t, steps, qrimage.MaxSteps/2)
}

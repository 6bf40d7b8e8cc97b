package qrimage_test

import (
	"image/color"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"rsc.io/qr"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

func TestGrid_key(t *testing.T) {
	t.Parallel()
	key := func(code *qr.Code, scale int) qrimage.Key {
		grid, err := qrimage.Find(paint(code, scale, 4, color.Black, color.White))
		require.NoError(t, err)
		return grid.Key()
	}
	code := encode(t, payload(4, 4))
	assert.Equal(t, key(code, 2), key(code, 7), "the scale does not matter")
	assert.NotEqual(t, key(code, 2), key(encode(t, payload(4, 5)), 2))
	assert.NotEqual(t, key(code, 2), key(encode(t, payload(5, 4)), 2))
}

package qr_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// FuzzParseQRCode reads a code, and reads what it was written as.
func FuzzParseQRCode(f *testing.F) {
	for _, text := range codes(wiretest.TinyPNG(f)) {
		f.Add(text)
	}
	for _, test := range noCodes(f) {
		if len(test.text) < 200 {
			f.Add(test.text)
		}
	}
	f.Add("https://cdn.example.com/qr/7.png?sig=a%2Fb")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		code, err := whatspie.ParseQRCode(text)
		if err != nil {
			assert.Nil(t, code)
			assert.Less(t, len(err.Error()), 100, "it does not repeat the text")
			wiretest.AssertPrintable(t, err.Error())
			return
		}
		assert.Less(t, len(code.String()), 100)
		if code.URL() != "" {
			assert.True(t, strings.HasPrefix(code.URL(), "https://"))
			return
		}
		again, err := whatspie.ParseQRCode(code.DataURI())
		require.NoError(t, err)
		assert.Equal(t, code.PNG(), again.PNG())
		if picture, err := code.Image(); err == nil {
			assert.LessOrEqual(t, picture.Bounds().Dx()*picture.Bounds().Dy(), 128<<20, "bounded before it was decoded")
		}
	})
}

package qr_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// FuzzParseQRCode parses a code, and parses the data URI of the result again.
func FuzzParseQRCode(f *testing.F) {
	for _, text := range validTexts(wiretest.TinyPNG(f)) {
		f.Add(text)
	}
	for _, test := range invalidTexts(f) {
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
			assert.Less(t, len(err.Error()), 100, "the error does not quote the text")
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
			assert.LessOrEqual(t, picture.Bounds().Dx()*picture.Bounds().Dy(), 128<<20, "the size is checked before decoding")
		}
	})
}

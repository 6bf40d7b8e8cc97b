package whatspietest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"rsc.io/qr"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// show requests the device's QR code.
func show(t *testing.T, srv reached) string {
	t.Helper()
	answer := srv.ask(t, http.MethodGet, "/devices/1"+qrQuery, "")
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	var body struct {
		Data struct {
			QR string `json:"qr"`
		} `json:"data"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer.body), &body))
	return body.Data.QR
}

func status(t *testing.T, srv reached) whatspie.PairedStatus {
	t.Helper()
	d, ok := srv.Device(1)
	require.True(t, ok)
	answer := srv.ask(t, http.MethodGet, "/devices/1", "").body
	assert.Contains(t, answer, `"paired_status":"`+string(d.PairedStatus)+`"`, "both tell the same")
	return d.PairedStatus
}

func TestQRAnswerHasTheDocumentedShape(t *testing.T) {
	t.Parallel()
	for way, start := range ways() {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			srv := start(t)
			srv.AddDevice(whatspie.Device{})
			body := srv.ask(t, http.MethodGet, "/devices/1"+qrQuery, "").body
			want := strings.Split(fixture(t, "get_qr_200.json"), "json-image")
			assert.True(t, strings.HasPrefix(body, want[0]))
			assert.True(t, strings.HasSuffix(body, want[1]))
		})
	}
}

func TestQRIsScannable(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	id := srv.AddDevice(whatspie.Device{})
	_, ok := srv.QRPayload(id)
	assert.False(t, ok, "nobody asked for a code")

	encoded := strings.TrimPrefix(show(t, srv), "data:image/png;base64,")
	file, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(t, err)
	picture, err := png.Decode(bytes.NewReader(file))
	require.NoError(t, err)

	payload, ok := srv.QRPayload(id)
	require.True(t, ok)
	assert.Regexp(t, `^2@[A-Za-z0-9+/]{96},([A-Za-z0-9+/]{43}=,){2}[A-Za-z0-9+/]{43}=$`, payload)
	want, err := qr.Encode(payload, qr.L)
	require.NoError(t, err)
	const quietZone = 4
	require.Equal(t, (want.Size+2*quietZone)*want.Scale, picture.Bounds().Dx())
	require.Equal(t, picture.Bounds().Dx(), picture.Bounds().Dy())
	for y := -quietZone; y < want.Size+quietZone; y++ {
		for x := -quietZone; x < want.Size+quietZone; x++ {
			middle := func(n int) int { return (n+quietZone)*want.Scale + want.Scale/2 }
			lightness, _, _, _ := picture.At(middle(x), middle(y)).RGBA()
			require.Equal(t, want.Black(x, y), lightness == 0, "module %d,%d", x, y)
		}
	}
}

func TestQRRotation(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		opts        []whatspietest.Option
		first, next time.Duration
	}{
		{"default", nil, 60 * time.Second, 20 * time.Second},
		{"own", []whatspietest.Option{whatspietest.WithQRLifetime(5 * time.Second)}, 5 * time.Second, 5 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := withoutSocket(t, test.opts...)
				srv.AddDevice(whatspie.Device{})
				seen := map[string]bool{}
				for _, lifetime := range []time.Duration{test.first, test.next, test.next} {
					uri := show(t, srv)
					require.False(t, seen[uri], "each code is new")
					seen[uri] = true
					payload, _ := srv.QRPayload(1)
					assert.Equal(t, whatspie.PairedStatusUnpaired, status(t, srv))
					time.Sleep(lifetime - time.Nanosecond)
					assert.Equal(t, uri, show(t, srv), "the same until it runs out")
					time.Sleep(time.Nanosecond)
					assert.False(t, srv.ScanCode(payload), "a stale code pairs nothing")
					assert.Equal(t, whatspie.PairedStatusExpired, status(t, srv))
					time.Sleep(time.Hour)
					d, _ := srv.Device(1)
					assert.Equal(t, time.Hour, time.Since(d.UpdatedAt))
				}
			})
		})
	}
}

func TestPairingStartsOver(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]func(*whatspietest.Server, int64) bool{
		"scan":    (*whatspietest.Server).Scan,
		"suspend": (*whatspietest.Server).Suspend,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := withoutSocket(t)
				srv.AddDevice(whatspie.Device{})
				old := show(t, srv)
				restart(srv.Server, 1)
				srv.Disconnect(1)
				uri := show(t, srv)
				assert.NotEqual(t, old, uri)
				time.Sleep(59 * time.Second)
				assert.Equal(t, uri, show(t, srv), "a first code lasts longer")
			})
		})
	}
}

func TestExpireQR(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	id := srv.AddDevice(whatspie.Device{})
	old := show(t, srv)
	payload, _ := srv.QRPayload(id)
	require.True(t, srv.ExpireQR(id))
	assert.Equal(t, whatspie.PairedStatusExpired, status(t, srv))
	_, ok := srv.QRPayload(id)
	assert.False(t, ok)
	assert.False(t, srv.ScanCode(payload))
	assert.NotEqual(t, old, show(t, srv))
	assert.Equal(t, whatspie.PairedStatusUnpaired, status(t, srv))
}

func TestScanCode(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	id := srv.AddDevice(whatspie.Device{})
	other := srv.AddDevice(whatspie.Device{})
	show(t, srv)
	payload, _ := srv.QRPayload(id)
	assert.False(t, srv.ScanCode(""))
	assert.False(t, srv.ScanCode("2@nobody"))
	assert.True(t, srv.ScanCode(payload))
	assert.False(t, srv.ScanCode(payload), "a code is used up")
	assert.Equal(t, whatspie.PairedStatusPaired, status(t, srv))
	d, _ := srv.Device(other)
	assert.False(t, d.Paired())
	_, ok := srv.QRPayload(99)
	assert.False(t, ok)
}

func TestQRRotationByTheServersClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withoutSocket(t, whatspietest.WithQRRotation())
		srv.AddDevice(whatspie.Device{})
		for range 2 {
			seen := map[string]bool{}
			for code, lifetime := range []int{60, 20, 20, 20, 20, 20} {
				uri := show(t, srv)
				require.False(t, seen[uri], "code %d is new", code+1)
				seen[uri] = true
				time.Sleep(time.Duration(lifetime)*time.Second - time.Nanosecond)
				assert.Equal(t, uri, show(t, srv), "the same until its time is over")
				assert.Equal(t, whatspie.PairedStatusUnpaired, status(t, srv))
				time.Sleep(time.Nanosecond)
			}
			assert.Equal(t, whatspie.PairedStatusExpired, status(t, srv), "six in all")
			time.Sleep(time.Hour)
		}
	})
}

func TestQRRotationGoesOnUnasked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withoutSocket(t, whatspietest.WithQRRotation(), whatspietest.WithQRLifetime(10*time.Second))
		srv.AddDevice(whatspie.Device{})
		first := show(t, srv)
		stale, _ := srv.QRPayload(1)
		time.Sleep(45 * time.Second)
		payload, ok := srv.QRPayload(1)
		require.True(t, ok)
		assert.NotEqual(t, stale, payload)
		assert.NotEqual(t, first, show(t, srv))
		time.Sleep(4 * time.Second)
		assert.False(t, srv.ScanCode(stale))
		again, _ := srv.QRPayload(1)
		assert.Equal(t, payload, again, "the fifth code began at 40 s")
		srv.ExpireQR(1)
		show(t, srv)
		time.Sleep(59 * time.Second)
		assert.Equal(t, whatspie.PairedStatusUnpaired, status(t, srv), "a new session has six codes again")
		time.Sleep(time.Second)
		assert.Equal(t, whatspie.PairedStatusExpired, status(t, srv))
	})
}

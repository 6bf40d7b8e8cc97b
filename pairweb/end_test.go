package pairweb_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
	"github.com/whatspie-go/whatspie/whatspietest"
)

const contact = "Please contact the operator of this site."

// errorFault fails every request with an error whose message must not be shown.
func errorFault(status int) whatspietest.Fault {
	return whatspietest.Fault{Status: status, Body: fmt.Sprintf(`{"code":%d,"message":"SECRET"}`, status), Times: -1}
}

func TestEnd(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		arrange     func(fixture)
		title, text string
	}{
		"unknown device": {
			arrange: func(h fixture) { h.RemoveDevice(h.id) },
			title:   "This device does not exist",
			text:    "It may have been removed. " + contact,
		},
		"removed during pairing": {
			arrange: func(h fixture) { time.AfterFunc(30*time.Second, func() { h.RemoveDevice(h.id) }) },
			title:   "This device does not exist",
			text:    "It may have been removed. " + contact,
		},
		"suspended": {
			arrange: func(h fixture) { h.Suspend(h.id) },
			title:   "This device is suspended",
			text:    "No phone can be connected to it right now. " + contact,
		},
		"suspended during pairing": {
			arrange: func(h fixture) { time.AfterFunc(30*time.Second, func() { h.Suspend(h.id) }) },
			title:   "This device is suspended",
			text:    "No phone can be connected to it right now. " + contact,
		},
		"wrong token": {
			arrange: func(h fixture) { h.Inject(errorFault(http.StatusUnauthorized)) },
			title:   "This site cannot connect phones right now",
			text:    contact,
		},
		"token revoked during pairing": {
			arrange: func(h fixture) {
				time.AfterFunc(30*time.Second, func() { h.Inject(errorFault(http.StatusUnauthorized)) })
			},
			title: "This site cannot connect phones right now",
			text:  contact,
		},
		"forbidden": {
			arrange: func(h fixture) { h.Inject(errorFault(http.StatusForbidden)) },
			title:   "This site cannot connect phones right now",
			text:    contact,
		},
		"bad request": {
			arrange: func(h fixture) { h.Inject(errorFault(http.StatusBadRequest)) },
			title:   "Something went wrong",
			text:    contact,
		},
		"codes exhausted": {
			arrange: func(fixture) {},
			title:   "No phone was connected in time",
			text:    "Have your phone ready, then try again.",
		},
		"no code": {
			arrange: func(h fixture) {
				body := `{"status":200,"message":"OK","data":{"qr":""}}`
				h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Body: body, Times: -1})
			},
			title: "No code is available right now",
			text:  "Try again in a few minutes.",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newFixture(t, whatspie.Device{})
				test.arrange(h)

				b := h.open(t, "/events")
				<-b.done

				end := b.latest()
				assert.Equal(t, "failed", end.Kind)
				assert.Equal(t, test.title, end.Title)
				assert.Equal(t, test.text, end.Text)
				assert.Empty(t, end.Image)
				assert.NotContains(t, b.text(), "SECRET")
				assert.NotContains(t, b.text(), h.Token)
			})
		})
	}
}

// The QR endpoint says that the device is connected, but its status is UNPAIRED.
func TestCode_afterContradictoryResponses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Body: `{"code":200,"message":"Device connected"}`, Times: 2})

		b := h.open(t, "/events")
		time.Sleep(10 * time.Second)

		assert.Equal(t, "code", b.latest().Kind)
		b.close()
	})
}

func TestCode_isReplacedWhenExpired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		b := h.open(t, "/events")
		first := b.latest()
		h.ExpireQR(h.id)
		time.Sleep(4 * time.Second)

		assert.Equal(t, "code", b.latest().Kind)
		assert.NotEqual(t, first.Image, b.latest().Image)
		b.close()
	})
}

func TestCode_asLink(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		body := `{"status":200,"message":"OK","data":{"qr":"https://codes.example.com/1.png"}}`
		h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Body: body})

		b := h.open(t, "/events")

		assert.Equal(t, "https://codes.example.com/1.png", b.latest().Link)
		assert.Empty(t, b.latest().Image)
		assert.Equal(t, "Open the code, then scan it", b.latest().Title)
		b.close()
	})
}

func TestWithLogger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, nil))
		h := newFixture(t, whatspie.Device{}, pairweb.WithLogger(nil), pairweb.WithLogger(logger))
		h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Status: 503, Times: 4})
		time.AfterFunc(30*time.Second, func() { h.Suspend(h.id) })

		b := h.open(t, "/events")
		<-b.done

		assert.Contains(t, log.String(),
			`level=INFO msg="pairing continues after a failure" device=1 error="whatspie: GET /devices/1/qr: 503`)
		assert.Contains(t, log.String(),
			`level=WARN msg="pairing failed" device=1 error="whatspie: GET /devices/1/qr: device is suspended"`)
	})
}

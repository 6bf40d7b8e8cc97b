package pairweb_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
	"github.com/whatspie-go/whatspie/whatspietest"
)

const (
	connectedBody = `{"code":200,"message":"Device connected"}`
	notReadyBody  = `{"status":200,"message":"OK","data":{"qr":""}}`
)

// After a scan, the QR endpoint may report it before the device's status does.
func TestFinishing_delayedStatus(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"Device connected": connectedBody, "no code": notReadyBody} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newFixture(t, whatspie.Device{Phone: "6281234567890"})
				tab := h.open(t, "/events")
				assert.Equal(t, "code", tab.latest().Kind)
				h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Body: body, Times: -1})
				h.ExpireQR(h.id)
				for range 60 {
					if tab.latest().Kind == "finishing" {
						break
					}
					time.Sleep(time.Second)
				}

				assert.Equal(t, "finishing", tab.latest().Kind)
				assert.Equal(t, "Finishing…", tab.latest().Title)
				assert.Empty(t, tab.latest().Image)

				h.Scan(h.id)
				<-tab.done
				assert.Equal(t, "connected", tab.latest().Kind)
				assert.NotContains(t, tab.text(), "There is no code")
			})
		})
	}
}

// A visitor may open the page after the scan, and never see a code.
func TestFinishing_withoutCode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Body: connectedBody, Times: -1})
		tab := h.open(t, "/events")
		assert.Equal(t, "finishing", tab.latest().Kind)
		tab.close()
	})
}

func TestFinishing_neverConfirmed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{}, pairweb.WithPairOptions(whatspie.WithMaxQRCodes(1)))
		h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Body: connectedBody, Times: -1})
		tab := h.open(t, "/events")
		<-tab.done
		assert.Equal(t, "failed", tab.latest().Kind)
		assert.Equal(t, "The connection is not confirmed yet", tab.latest().Title)
	})
}

// After a scan that is reported while the code is shown, the page does not announce a new code.
func TestFinishing_announcesNoNewCode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		tab := h.open(t, "/events")
		assert.Equal(t, "code", tab.latest().Kind)
		h.Inject(whatspietest.Fault{Path: "/devices/*/qr", Body: connectedBody, Times: -1})
		time.Sleep(30 * time.Second)

		h.Scan(h.id)
		<-tab.done
		assert.NotContains(t, tab.text(), "Getting a new code")
		assert.Equal(t, []string{"finishing", "connected"}, lastOf(kinds(tab.states()), 2))
	})
}

// Pair requests the code repeatedly. The page receives it only once as long as it is the same.
func TestCode_isSentOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		tab := h.open(t, "/events")
		time.Sleep(50 * time.Second)
		assert.Greater(t, h.count("/devices/1/qr"), 5)
		assert.Equal(t, "code", tab.latest().Kind)
		assert.LessOrEqual(t, len(tab.states()), 2, "at most waiting and the code")
		tab.close()
	})
}

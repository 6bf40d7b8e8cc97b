package whatspietest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestAddDevice_fillsZeroFields(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := withoutSocket(t)
		id := srv.AddDevice(whatspie.Device{})
		got, ok := srv.Device(id)
		require.True(t, ok)
		assert.Equal(t, whatspie.Device{
			ID:           1,
			Status:       whatspie.DeviceStatusActive,
			Version:      "multidevice",
			PairedStatus: whatspie.PairedStatusUnpaired,
			CreatedAt:    time.Now().UTC().Round(0),
			UpdatedAt:    time.Now().UTC().Round(0),
			Server:       whatspie.Server{Name: "ASIA (IDN1)", Status: "ACTIVE"},
			Package:      whatspie.Package{Code: whatspie.PackageStartup, Name: "Startup"},
			Subscription: whatspie.Subscription{QuotaAvailable: -1},
		}, got)
	})
}

func TestAddDevice_keepsGivenFields(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	given := whatspie.Device{
		ID: 42, Name: "n", Phone: "62", WebhookURL: "https://w", Status: "BLOCKED", Version: "legacy",
		PairedStatus: "CONNECTING", CreatedAt: time.Unix(1, 2).UTC(), UpdatedAt: time.Unix(3, 4).UTC(),
		Server:       whatspie.Server{Name: "EUR (DEU1)", Status: "DOWN"},
		Package:      whatspie.Package{Code: "GOLD", Name: "Golden"},
		Subscription: whatspie.Subscription{QuotaAvailable: 10, QuotaUsed: 11},
	}
	assert.Equal(t, int64(42), srv.AddDevice(given))
	got, ok := srv.Device(42)
	assert.True(t, ok)
	assert.Equal(t, given, got)
	assert.Equal(t, int64(43), srv.AddDevice(whatspie.Device{ID: -1, Package: whatspie.Package{Code: "GOLD"}}))
	got, _ = srv.Device(43)
	assert.Equal(t, "GOLD", got.Package.Name, "the name of an unknown package is its code")
	assert.Equal(t, int64(42), srv.AddDevice(whatspie.Device{ID: 42, Name: "replaced"}))
	got, _ = srv.Device(42)
	assert.Equal(t, "replaced", got.Name)
}

func TestDevice_statusChanges(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*whatspietest.Server, int64) bool
		want   whatspie.PairedStatus
	}{
		{"scan", (*whatspietest.Server).Scan, whatspie.PairedStatusPaired},
		{"suspend", (*whatspietest.Server).Suspend, whatspie.PairedStatusSuspended},
		{"disconnect", (*whatspietest.Server).Disconnect, whatspie.PairedStatusUnpaired},
		{"expire", (*whatspietest.Server).ExpireQR, whatspie.PairedStatusExpired},
	}
	for _, from := range []whatspie.PairedStatus{"UNPAIRED", "PAIRED", "EXPIRED", "SUSPENDED", "OTHER"} {
		for _, test := range tests {
			t.Run(string(from)+" "+test.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := withoutSocket(t)
					id := srv.AddDevice(whatspie.Device{PairedStatus: from, Phone: "6281"})
					srv.send(t, http.MethodGet, "/devices/1"+qrQuery, "")
					time.Sleep(time.Second)
					require.True(t, test.change(srv.Server, id))
					got, _ := srv.Device(id)
					assert.Equal(t, test.want, got.PairedStatus)
					assert.Equal(t, time.Second, got.UpdatedAt.Sub(got.CreatedAt))
					assert.Equal(t, "6281", got.Phone)
					_, hasCode := srv.QRPayload(id)
					assert.False(t, hasCode)
				})
				assert.False(t, test.change(withoutSocket(t).Server, 1), "the device does not exist")
			})
		}
	}
}

func TestScan_assignsPhone(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	id := srv.AddDevice(whatspie.Device{})
	require.True(t, srv.Scan(id))
	first, _ := srv.Device(id)
	assert.Regexp(t, `^62[0-9]{9,13}$`, first.Phone)
	srv.Disconnect(id)
	srv.Scan(id)
	second, _ := srv.Device(id)
	assert.Equal(t, first.Phone, second.Phone)
	assert.Contains(t, srv.send(t, http.MethodGet, "/devices/"+first.Phone, "").body, `"id":1,`)
}

func TestPhone_sharedByDevices(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	for _, id := range []int64{9, 3, 6} {
		srv.AddDevice(whatspie.Device{ID: id, Phone: "628"})
	}
	assert.Contains(t, srv.send(t, http.MethodGet, "/devices/628", "").body, `"id":3,`)
	srv.AddDevice(whatspie.Device{ID: 628})
	assert.Contains(t, srv.send(t, http.MethodGet, "/devices/628", "").body, `"id":628,`, "an ID takes precedence")
}

func TestRemoveDevice(t *testing.T) {
	t.Parallel()
	srv := withoutSocket(t)
	id := srv.AddDevice(whatspie.Device{})
	assert.True(t, srv.RemoveDevice(id))
	assert.False(t, srv.RemoveDevice(id))
	_, ok := srv.Device(id)
	assert.False(t, ok)
	assert.Equal(t, http.StatusNotFound, srv.send(t, http.MethodGet, "/devices/1", "").status)
	assert.Equal(t, id+1, srv.AddDevice(whatspie.Device{}), "IDs are not reused")
}

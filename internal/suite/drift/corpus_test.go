package drift_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// driftCase is one body of testdata/drift, with the expectations of the .want.json file next to it.
type driftCase struct {
	operation, name string
	body            string

	// Status is the HTTP status; 200 if absent.
	Status int `json:"status"`
	// ContentType is application/json if absent.
	ContentType string `json:"content_type"`
	// Result is the call's result if it succeeds.
	Result json.RawMessage `json:"result"`
	// Errors are the sentinels that the error matches.
	Errors []string `json:"errors"`
	// Drift lists the reported drift, as in "$.data.id type".
	Drift []string `json:"drift"`
}

func (c *driftCase) reply() wiretest.Reply {
	header := http.Header{"Content-Type": {cmp.Or(c.ContentType, "application/json")}}
	return wiretest.Reply{Status: cmp.Or(c.Status, http.StatusOK), Header: header, Body: c.body}
}

// driftCases reads testdata/drift. It fails if a file lacks its counterpart.
func driftCases(tb testing.TB) []driftCase {
	tb.Helper()
	folder, err := fs.Sub(wiretest.Module(tb), "testdata/drift")
	require.NoError(tb, err)
	files, err := fs.Glob(folder, "*/*")
	require.NoError(tb, err)
	var cases []driftCase
	for _, file := range files {
		path, isWant := strings.CutSuffix(file, ".want.json")
		if !isWant {
			continue
		}
		body, err := fs.ReadFile(folder, path+".json")
		require.NoError(tb, err)
		want, err := fs.ReadFile(folder, file)
		require.NoError(tb, err)
		operation, name, _ := strings.Cut(path, "/")
		c := driftCase{operation: operation, name: name, body: string(body)}
		decodeStrict(tb, want, &c)
		require.NotEqual(tb, c.Result == nil, c.Errors == nil, "%s: either a result or errors", file)
		cases = append(cases, c)
	}
	require.Len(tb, files, 2*len(cases), "every body has a .want.json file")
	require.GreaterOrEqual(tb, len(cases), 150)
	return cases
}

// decodeStrict decodes an expectation. It fails if a field is unknown.
func decodeStrict(tb testing.TB, data []byte, into any) {
	tb.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	require.NoError(tb, decoder.Decode(into), "%s", data)
}

// wantedDevice is an expected device, decoded by encoding/json.
type wantedDevice struct {
	ID           int64                         `json:"id"`
	Name         string                        `json:"name"`
	Phone        string                        `json:"phone"`
	WebhookURL   string                        `json:"webhook_url"`
	Status       whatspie.DeviceStatus         `json:"status"`
	Version      string                        `json:"version"`
	PairedStatus whatspie.PairedStatus         `json:"paired_status"`
	CreatedAt    time.Time                     `json:"created_at"`
	UpdatedAt    time.Time                     `json:"updated_at"`
	Server       struct{ Name, Status string } `json:"server"`
	Package      struct {
		ID         int
		Code, Name string
	} `json:"package"`
	Subscription struct{ Available, Used int64 } `json:"subscription"`
}

func (w wantedDevice) device() whatspie.Device {
	return whatspie.Device{
		ID: w.ID, Name: w.Name, Phone: w.Phone, WebhookURL: w.WebhookURL, Status: w.Status, Version: w.Version,
		PairedStatus: w.PairedStatus, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt,
		Server:       whatspie.Server(w.Server),
		Package:      whatspie.Package{ID: w.Package.ID, Code: whatspie.PackageCode(w.Package.Code), Name: w.Package.Name},
		Subscription: whatspie.Subscription{QuotaAvailable: w.Subscription.Available, QuotaUsed: w.Subscription.Used},
	}
}

// wantedDevices decodes an expected device or list of devices.
func wantedDevices(t *testing.T, data json.RawMessage) []whatspie.Device {
	t.Helper()
	var wanted []wantedDevice
	if data[0] == '{' {
		data = append(append(json.RawMessage("["), data...), ']')
	}
	decodeStrict(t, data, &wanted)
	devices := make([]whatspie.Device, len(wanted))
	for i, device := range wanted {
		devices[i] = device.device()
	}
	return devices
}

// Each body is decoded by every method that may receive it.
func TestDrift_corpus(t *testing.T) {
	t.Parallel()
	for _, c := range driftCases(t) {
		t.Run(c.operation+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			switch c.operation {
			case "device":
				c.checkDevice(t)
			case "get":
				c.checkGet(t)
			case "create":
				c.checkCreate(t)
			case "list":
				c.checkList(t)
			case "qr":
				c.checkQR(t)
			default:
				t.Errorf("unknown operation %s", c.operation)
			}
		})
	}
}

// client returns a client that receives the case and collects its drift.
func (c *driftCase) client(t *testing.T, log *wiretest.DriftLog) *whatspie.Client {
	t.Helper()
	return wiretest.NewScript(c.reply()).Client(t, wiretest.NoWaits, log.Option())
}

// checkFailure checks the error if the case expects one, and reports whether it does.
func (c *driftCase) checkFailure(t *testing.T, err error) bool {
	t.Helper()
	if c.Errors == nil {
		require.NoError(t, err)
		return false
	}
	require.ErrorAs(t, err, new(*whatspie.APIError))
	known := wiretest.Sentinels()
	wanted := make([]error, len(c.Errors))
	for i, name := range c.Errors {
		require.Contains(t, known, name)
		wanted[i] = known[name]
	}
	wiretest.AssertSentinels(t, err, wanted...)
	return true
}

func (c *driftCase) checkDrift(t *testing.T, log *wiretest.DriftLog) {
	t.Helper()
	reported := make([]string, len(log.Lines))
	for i, line := range log.Lines {
		_, pathAndKind, _ := strings.Cut(line, "$")
		reported[i] = "$" + pathAndKind
	}
	assert.ElementsMatch(t, c.Drift, reported)
}

func (c *driftCase) checkGet(t *testing.T) {
	t.Helper()
	var log wiretest.DriftLog
	device, err := c.client(t, &log).Devices.Get(t.Context(), 7)
	if c.checkFailure(t, err) {
		assert.Nil(t, device)
	} else {
		assert.Equal(t, wantedDevices(t, c.Result)[0], *device)
	}
	c.checkDrift(t, &log)
}

func (c *driftCase) checkCreate(t *testing.T) {
	t.Helper()
	var log wiretest.DriftLog
	device, err := c.client(t, &log).Devices.Create(t.Context(), wiretest.NewDevice)
	if c.checkFailure(t, err) {
		assert.Nil(t, device)
	} else {
		want := wantedDevices(t, c.Result)[0]
		want.Name = cmp.Or(want.Name, wiretest.NewDevice.Name)
		want.Package.Code = cmp.Or(want.Package.Code, wiretest.NewDevice.Package)
		assert.Equal(t, want, *device)
	}
	c.checkDrift(t, &log)
}

// checkDevice decodes the body directly, then as the data of a response and as two elements of a list.
func (c *driftCase) checkDevice(t *testing.T) {
	t.Helper()
	want := wantedDevices(t, c.Result)[0]
	var device whatspie.Device
	require.NoError(t, json.Unmarshal([]byte(c.body), &device))
	assert.Equal(t, want, device)

	single, list := *c, *c
	single.body = `{"status":200,"message":"OK","data":` + c.body + `}`
	single.checkGet(t)
	single.checkCreate(t)
	list.body = `{"status":200,"message":"OK","data":[` + c.body + `,` + c.body + `]}`
	list.Result = json.RawMessage(`[` + string(c.Result) + `,` + string(c.Result) + `]`)
	list.Drift = nil
	for _, drift := range c.Drift {
		list.Drift = append(list.Drift, strings.Replace(drift, "$.data", "$.data[*]", 1))
	}
	list.checkList(t)
}

func (c *driftCase) checkList(t *testing.T) {
	t.Helper()
	var log, allLog wiretest.DriftLog
	devices, err := c.client(t, &log).Devices.List(t.Context())
	if c.checkFailure(t, err) {
		assert.Nil(t, devices)
	} else {
		assert.Equal(t, wantedDevices(t, c.Result), devices)
	}
	c.checkDrift(t, &log)

	streamed, streamErr := []whatspie.Device{}, error(nil)
	for device, err := range c.client(t, &allLog).Devices.All(t.Context()) {
		if streamErr = err; err == nil {
			streamed = append(streamed, *device)
		}
	}
	if !c.checkFailure(t, streamErr) {
		assert.Equal(t, wantedDevices(t, c.Result), streamed)
	}
	c.checkDrift(t, &allLog)
}

func (c *driftCase) checkQR(t *testing.T) {
	t.Helper()
	var log wiretest.DriftLog
	code, err := c.client(t, &log).Devices.QR(t.Context(), 7)
	if c.checkFailure(t, err) {
		assert.Nil(t, code)
	} else {
		var want struct {
			ImageBytes int    `json:"image_bytes"`
			URL        string `json:"url"`
		}
		decodeStrict(t, c.Result, &want)
		assert.Equal(t, want.URL, code.URL())
		assert.Len(t, code.PNG(), want.ImageBytes)
		assert.Equal(t, want.ImageBytes > 0, bytes.HasPrefix(code.PNG(), []byte("\x89PNG")))
	}
	c.checkDrift(t, &log)
}

func TestDocs_stateCorpusSize(t *testing.T) {
	t.Parallel()
	page, err := fs.ReadFile(wiretest.Module(t), "docs/reliability.md")
	require.NoError(t, err)
	assert.Contains(t, string(page), fmt.Sprintf("`testdata/drift` holds %d variants", len(driftCases(t))))
}

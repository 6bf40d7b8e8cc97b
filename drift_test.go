package whatspie_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestDrift_noneInDocumentedResponses(t *testing.T) {
	t.Parallel()
	device, list := wiretest.Fixture(t, "get_device_200.json"), wiretest.Fixture(t, "list_devices_200.json")
	assert.Empty(t, reportedDrift(t, device, getDevice))
	assert.Empty(t, reportedDrift(t, list, streamDevices))
	assert.Empty(t, reportedDrift(t, list, listDevices))
	assert.Empty(t, reportedDrift(t, wiretest.QRBody(t), getQR))
}

// reportedDrift returns the drift that one call reports about the body, one line each.
func reportedDrift(t *testing.T, body string, call func(*testing.T, *whatspie.Client)) []string {
	t.Helper()
	var log wiretest.DriftLog
	call(t, wiretest.NewScript(wiretest.OK(body)).Client(t, log.Option()))
	return log.Lines
}

func getDevice(t *testing.T, client *whatspie.Client) {
	t.Helper()
	_, err := client.Devices.Get(t.Context(), 7)
	require.NoError(t, err)
}

func getQR(t *testing.T, client *whatspie.Client) {
	t.Helper()
	_, err := client.Devices.QR(t.Context(), 7)
	require.NoError(t, err)
}

func listDevices(t *testing.T, client *whatspie.Client) {
	t.Helper()
	_, err := client.Devices.List(t.Context())
	require.NoError(t, err)
}

func streamDevices(t *testing.T, client *whatspie.Client) {
	t.Helper()
	for _, err := range client.Devices.All(t.Context()) {
		require.NoError(t, err)
	}
}

// A missing value may be legitimate: a device that was never paired has no number.
func TestDrift_ignoresMissingValues(t *testing.T) {
	t.Parallel()
	device := `{"id":7,"name":"a","device_name":"b","phone":null,"webhook_url":"","status":"","paired_status":null,
		"created_at":"","updated_at":null,"server":null,"package":{"code":""},"subscription":{"quote_used":""}}`
	assert.Empty(t, reportedDrift(t, `{"status":200,"message":null,"error":"","data":`+device+`}`, getDevice))
	assert.Empty(t, reportedDrift(t, `{"status":200,"data":null}`, streamDevices))
	assert.Empty(t, reportedDrift(t, `{"status":200,"data":[null]}`, streamDevices))
}

func TestDrift_ofDevices(t *testing.T) {
	t.Parallel()
	const unknownField, unknownValue, wrongType = " unknown field", " unknown value", " type"
	for member, want := range map[string][]string{
		`"color":"red"`:                                      {".color" + unknownField},
		`"server":{"region":"EU"}`:                           {".server.region" + unknownField},
		`"server":{"region":{"a":1}}`:                        {".server.region" + unknownField},
		`"package":{"code":"STARTUP60K"}`:                    {".package.code" + unknownValue},
		`"package":{"code":7,"id":3}`:                        {".package.code" + wrongType, ".package.id" + unknownField},
		`"paired_status":"PAIRING"`:                          {".paired_status" + unknownValue},
		`"paired_status":"paired"`:                           {".paired_status" + unknownValue},
		`"paired_status":true`:                               {".paired_status" + wrongType},
		`"status":"BANNED"`:                                  {".status" + unknownValue},
		`"status":["ACTIVE"]`:                                {".status" + wrongType},
		`"version":"legacy"`:                                 {".version" + unknownValue},
		`"phone":6289510154496`:                              {".phone" + wrongType},
		`"phone":{"e164":"+6289510154496"}`:                  {".phone" + wrongType},
		`"webhook_url":false`:                                {".webhook_url" + wrongType},
		`"webhook_url":["https://a"]`:                        {".webhook_url" + wrongType},
		`"id":"7"`:                                           {".id" + wrongType},
		`"id":7.0`:                                           {".id" + wrongType},
		`"ID":7`:                                             nil,
		`"created_at":"2022-03-15 00:32:13"`:                 {".created_at" + wrongType},
		`"created_at":1647304333`:                            {".created_at" + wrongType},
		`"created_at":"yesterday"`:                           {".created_at" + wrongType},
		`"created_at":"2022-03-15T00:32:13.123456789+07:00"`: nil,
		`"subscription":{"quote_available":-1}`:              {".subscription.quote_available" + wrongType},
		`"subscription":{"quote_used":"many"}`:               {".subscription.quote_used" + wrongType},
		`"subscription":{"quote_used":"5.5"}`:                {".subscription.quote_used" + wrongType},
		`"subscription":[]`:                                  {".subscription" + wrongType},
		`"subscription":[{"left":1}]`: {
			".subscription[*].left" + unknownField, ".subscription" + wrongType,
		},
		`"server":[[[{"region":"EU"}]]]`:      {".server" + wrongType},
		`"server":"EUR (DEU1)"`:               {".server" + wrongType},
		`"a b":1,"é":2,"":3,"x\u0000":4`:      {".*" + unknownField},
		`"` + strings.Repeat("a", 64) + `":1`: {"." + strings.Repeat("a", 64) + unknownField},
		`"` + strings.Repeat("a", 65) + `":1`: {".*" + unknownField},
	} {
		t.Run(member, func(t *testing.T) {
			t.Parallel()
			const get, list = "GET /devices/{id} ", "GET /devices "
			device := `{"id":7,` + member + `}`
			twoDevices := `[` + device + `,` + device + `]`
			assert.Equal(t, withPrefix(get+"$.data", want),
				reportedDrift(t, `{"status":200,"data":`+device+`}`, getDevice))
			assert.Equal(t, withPrefix(list+"$.data[*]", want),
				reportedDrift(t, `{"status":200,"data":`+twoDevices+`}`, streamDevices))
			assert.Equal(t, append([]string{list + "$ type"}, withPrefix(list+"$[*]", want)...),
				reportedDrift(t, ` `+twoDevices, streamDevices))
			assert.Equal(t, append([]string{get + "$ type"}, withPrefix(get+"$", want)...),
				reportedDrift(t, device+"\n", getDevice))
		})
	}
}

func withPrefix(prefix string, lines []string) []string {
	if lines == nil {
		return nil
	}
	prefixed := make([]string, len(lines))
	for i, line := range lines {
		prefixed[i] = prefix + line
	}
	return prefixed
}

func TestDrift_ofEnvelope(t *testing.T) {
	t.Parallel()
	for members, want := range map[string][]string{
		`"status":"200"`:                         {"$.status type"},
		`"status":true,"success":true`:           {"$.status type", "$.success unknown field"},
		`"data":[],"message":7`:                  {"$.message type"},
		`"data":[],"meta":{"page":1},"links":{}`: {"$.meta unknown field", "$.links unknown field"},
		`"data":[{"id":1},{"x":1}],"status":1`:   {"$.data[*].x unknown field"},
		`"data":[],"code":200,"error":""`:        nil,
		`"data":[],"code":200.0,"error":false`:   {"$.code type", "$.error type"},
	} {
		t.Run(members, func(t *testing.T) {
			t.Parallel()
			body := `{` + members + `,"message":"OK"}`
			lines := withPrefix("GET /devices ", want)
			assert.Equal(t, lines, reportedDrift(t, body, streamDevices))
			assert.Equal(t, lines, reportedDrift(t, body, listDevices))
		})
	}
}

func TestDrift_ofOtherEndpoints(t *testing.T) {
	t.Parallel()
	create := func(t *testing.T, client *whatspie.Client) {
		t.Helper()
		_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
		require.NoError(t, err)
	}
	assert.Empty(t, reportedDrift(t, `{"status":200,"data":{"id":7}}`, create))
	assert.Empty(t, reportedDrift(t, `{"status":200,"data":[{"id":7}]}`, create), "the form is not documented")
	assert.Equal(t, []string{"POST /devices $.data.qr unknown field"},
		reportedDrift(t, `{"status":200,"data":{"id":7,"qr":"x"}}`, create))

	assert.Equal(t, []string{"GET /devices/{id} $.data[*].x unknown field", "GET /devices/{id} $.data type"},
		reportedDrift(t, `{"status":200,"data":[{"id":7,"x":1}]}`, getDevice))

	assert.Equal(t, []string{"GET /devices/{id}/qr $ type"}, reportedDrift(t, string(wiretest.QRPNG(t)), getQR))
	assert.Equal(t, []string{"GET /devices/{id}/qr $.data.expires_in unknown field"},
		reportedDrift(t, `{"status":200,"data":{"qr":"https://a/b","expires_in":20}}`, getQR))

	deleteLog := func(t *testing.T, client *whatspie.Client) {
		t.Helper()
		var data map[string]any
		require.NoError(t, client.Call(t.Context(), http.MethodDelete, "/devices/7/8/log8/9?at=9", nil, &data))
	}
	assert.Equal(t, []string{"DELETE /devices/{id}/{id}/log8/{id} $.took unknown field"},
		reportedDrift(t, `{"status":200,"data":{"what":1},"took":3}`, deleteLog))
}

func TestDrift_isReportedOnce(t *testing.T) {
	t.Parallel()
	var log wiretest.DriftLog
	client := wiretest.NewScript(wiretest.OK(`{"status":200,"data":{"id":7,"x":1,"y":[]}}`)).Client(t, log.Option())
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() { getDevice(t, client) })
	}
	calls.Wait()
	assert.ElementsMatch(t, []string{
		"GET /devices/{id} $.data.x unknown field",
		"GET /devices/{id} $.data.y unknown field",
	}, log.Lines)
	_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
	require.NoError(t, err)
	assert.Len(t, log.Lines, 4, "another operation is reported again")
}

// The names of unknown fields can neither exhaust memory nor show the token.
func TestDrift_boundsAndRedactsNames(t *testing.T) {
	t.Parallel()
	var members strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&members, `,"n%d":1`, i)
	}
	body := `{"id":7` + members.String() + `}`
	assert.Len(t, reportedDrift(t, `{"status":200,"data":`+body+`}`, getDevice), 1000)
	assert.Len(t, reportedDrift(t, `{"status":200,"data":[`+body+`]}`, streamDevices), 1000)

	var log wiretest.DriftLog
	const token = "abcdefghijklmnopqrstuvwxyz"
	s := wiretest.NewScript(wiretest.OK(`{"status":200,"data":{"id":7,"x_` + token + `":"v4lue"}}`))
	client := s.Client(t, log.Option(), whatspie.WithTokenSource(wiretest.TokensInOrder(token)))
	getDevice(t, client)
	assert.Equal(t, []string{"GET /devices/{id} $.data.x_[redacted] unknown field"}, log.Lines)
}

func TestDrift_ignoresFailures(t *testing.T) {
	t.Parallel()
	for _, reply := range []wiretest.Reply{
		{Status: 502, Body: `{"errors":[]}`},
		{Status: 404, Body: `{"code":404,"message":"Device not found","trace":"x"}`},
		wiretest.OK(`{"code":500,"oops":1}`),
		wiretest.OK(`{"status":200,"data":{"oops":1}}`),
		wiretest.OK(`{"status":200,"data":[7,{"oops":1}]}`),
	} {
		var log wiretest.DriftLog
		client := wiretest.NewScript(reply).Client(t, log.Option(), wiretest.NoWaits)
		_, err := client.Devices.Get(t.Context(), 7)
		require.Error(t, err)
		for _, err := range client.Devices.All(t.Context(), whatspie.WithoutRetry()) {
			require.Error(t, err)
		}
		assert.Empty(t, log.Lines)
	}
}

// An attempt that fails and is retried may have drifted as well.
func TestDrift_ignoresFailedAttempts(t *testing.T) {
	t.Parallel()
	failed := wiretest.OK(`{"code":500,"message":"x","oops":1}`)
	for _, last := range []wiretest.Reply{{Status: 204}, wiretest.OK(`{"status":200,"data":[]}`)} {
		for _, call := range []func(*testing.T, *whatspie.Client){listDevices, streamDevices} {
			var log wiretest.DriftLog
			call(t, wiretest.NewScript(failed, last).Client(t, log.Option(), wiretest.NoWaits))
			assert.Empty(t, log.Lines)
		}
	}
}

// Drift up to the break is reported.
func TestDrift_isReportedAfterBreak(t *testing.T) {
	t.Parallel()
	readOne := func(t *testing.T, client *whatspie.Client) {
		t.Helper()
		for _, err := range client.Devices.All(t.Context()) {
			require.NoError(t, err)
			break
		}
	}
	lines := reportedDrift(t, `{"status":200,"data":[{"id":1,"x":1},{"id":2,"y":1}]}`, readOne)
	assert.Equal(t, []string{"GET /devices $.data[*].x unknown field"}, lines)
}

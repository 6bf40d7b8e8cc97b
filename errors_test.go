package whatspie_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestSentinels_areDistinct(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	for name, sentinel := range wiretest.Sentinels() {
		assert.Empty(t, texts[sentinel.Error()], "%s has the text of another", name)
		texts[sentinel.Error()] = name
		for otherName, other := range wiretest.Sentinels() {
			assert.Equal(t, name == otherName, errors.Is(sentinel, other), "%s is %s", name, otherName)
		}
	}
}

func TestSentinels_ofDocumentedErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fixture string
		method  string
		code    int // in the body
		want    []error
		text    string
	}{
		{
			"create_device_invalid_package_400.json", "Create", 400,
			[]error{whatspie.ErrInvalidPackage, whatspie.ErrBadRequest},
			"POST /devices: 400 Invalid package type (1 attempt)",
		},
		{
			"create_device_package_not_available_400.json", "Create", 400,
			[]error{whatspie.ErrInvalidPackage, whatspie.ErrBadRequest},
			"POST /devices: 400 Invalid package type: Package 'INVALID_PACKAGE' is not available (1 attempt)",
		},
		{
			"create_device_limit_reached_403.json", "Create", 403,
			[]error{whatspie.ErrDeviceLimit, whatspie.ErrForbidden},
			"POST /devices: 403 Device limit exceeded: Maximum number of devices reached for your plan (1 attempt)",
		},
		{
			"unauthorized_401.json", "List", 401,
			[]error{whatspie.ErrUnauthorized},
			"GET /devices: 401 Unauthorized (1 attempt)",
		},
		{
			"forbidden_403.json", "All", 403,
			[]error{whatspie.ErrForbidden},
			"GET /devices: 403 Forbidden (1 attempt)",
		},
		{
			"get_device_not_found_404.json", "Get", 404,
			[]error{whatspie.ErrDeviceNotFound, whatspie.ErrNotFound},
			"GET /devices/7: 404 Device not found (1 attempt)",
		},
		{
			"get_device_not_found_detail_404.json", "Get", 404,
			[]error{whatspie.ErrDeviceNotFound, whatspie.ErrNotFound},
			"GET /devices/7: 404 Device not found: Device with ID 999 does not exist (1 attempt)",
		},
		{
			"get_qr_already_connected_200.json", "QR", 200,
			[]error{whatspie.ErrDeviceConnected},
			"GET /devices/7/qr: 200 Device connected (1 attempt)",
		},
		{
			"get_qr_generation_failed_500.json", "QR", 500,
			[]error{whatspie.ErrQRGeneration, whatspie.ErrServer},
			"GET /devices/7/qr: 500 QR code generation failed (4 attempts)",
		},
	} {
		// The code in the body decides, even if the HTTP status is 200.
		for _, status := range []int{test.code, 200} {
			t.Run(fmt.Sprintf("%s with status %d", test.fixture, status), func(t *testing.T) {
				t.Parallel()
				client, mock := wiretest.NewMockClient(t, wiretest.NoWaits)
				body := wiretest.Fixture(t, test.fixture)
				mock.RegisterNoResponder(httpmock.NewStringResponder(status, body))
				err := wiretest.Calls(client)[test.method](t.Context())
				wiretest.AssertSentinels(t, err, test.want...)
				require.EqualError(t, err, "whatspie: "+test.text)
				failed := wiretest.APIError(t, err)
				assert.Equal(t, test.code, failed.Code)
				assert.Equal(t, status, failed.StatusCode)
				if test.method != "QR" && test.method != "All" {
					assert.Equal(t, body, string(failed.Body))
				}
			})
		}
	}
}

// Messages may vary in case, punctuation and extra words.
func TestSentinels_tolerateMessageVariants(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]error{
		`{"code":404,"message":"device NOT found."}`: {whatspie.ErrDeviceNotFound, whatspie.ErrNotFound},
		`{"code":404,"message":"Page not found"}`:    {whatspie.ErrNotFound},
		`{"code":403,"message":" Device  limit reached!"}`: {
			whatspie.ErrDeviceLimit, whatspie.ErrForbidden,
		},
		`{"code":403,"message":"Limit of devices"}`:               {whatspie.ErrForbidden},
		`{"code":400,"message":"Invalid package"}`:                {whatspie.ErrInvalidPackage, whatspie.ErrBadRequest},
		`{"code":400,"message":"Invalid name"}`:                   {whatspie.ErrBadRequest},
		`{"code":200,"message":"Device is already connected."}`:   {whatspie.ErrDeviceConnected},
		`{"status":200,"message":"DEVICE CONNECTED","data":null}`: {whatspie.ErrDeviceConnected},
		`{"code":409,"message":"Device already connected"}`: {
			whatspie.ErrDeviceConnected, whatspie.ErrBadRequest,
		},
		`{"code":500,"message":"QR code generation failed, please retry"}`: {
			whatspie.ErrQRGeneration, whatspie.ErrServer,
		},
		`{"code":404,"message":"Invalid package type"}`: {whatspie.ErrNotFound},
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			_, err := wiretest.NewScript(wiretest.OK(body)).Client(t, wiretest.NoWaits).Devices.QR(t.Context(), 7)
			wiretest.AssertSentinels(t, err, want...)
		})
	}
}

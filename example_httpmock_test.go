package whatspie_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// A client over httpmock, with responders from fixture files. Each test has a transport of its own, so tests can run in
// parallel. Give the transport to the client before NewClient: a client works with a copy of the http.Client, so
// httpmock.ActivateNonDefault after NewClient changes the original and mocks nothing.
func ExampleWithHTTPClient_httpmock() {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder(http.MethodGet, whatspie.DefaultBaseURL+"/devices",
		httpmock.NewJsonResponderOrPanic(http.StatusOK, httpmock.File("testdata/list_devices_200.json")))
	mock.RegisterResponder(http.MethodGet, `=~/devices/\d+$`,
		httpmock.NewJsonResponderOrPanic(http.StatusNotFound, httpmock.File("testdata/get_device_not_found_404.json")))

	client, err := whatspie.NewClient("token", whatspie.WithHTTPClient(&http.Client{Transport: mock}))
	if err != nil {
		fmt.Println(err)
		return
	}
	devices, err := client.Devices.List(context.Background())
	fmt.Println(len(devices), err)
	_, err = client.Devices.Get(context.Background(), 7)
	fmt.Println(errors.Is(err, whatspie.ErrDeviceNotFound))
	fmt.Println(mock.GetTotalCallCount(), "requests")
	// Output:
	// 1 <nil>
	// true
	// 2 requests
}

func TestHTTPMockActivatedAfterNewClient(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	t.Cleanup(srv.Close)
	own := &http.Client{Transport: srv.Transport()}
	client := srv.Client(whatspie.WithHTTPClient(own))
	httpmock.ActivateNonDefault(own)
	_, err := client.Devices.List(t.Context())
	require.NoError(t, err, "the copy in the client has the transport of before")
	assert.Zero(t, httpmock.GetTotalCallCount())
	assert.Len(t, srv.Requests(), 1)
}

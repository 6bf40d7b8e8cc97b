package pairweb_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// A dashboard serves the pairing page of the device that belongs to the signed-in user. The example then reads the
// events that the page would receive.
func ExampleNewHandler() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{Phone: "6281200000001", PairedStatus: whatspie.PairedStatusPaired})
	client := srv.Client()

	handler := pairweb.NewHandler(client, func(r *http.Request) (int64, error) {
		if r.Header.Get("Cookie") != "session=alice" {
			return 0, errors.New("not signed in")
		}
		return id, nil
	})
	mux := http.NewServeMux()
	mux.Handle("/pair/", http.StripPrefix("/pair", handler))

	dashboard := httptest.NewServer(mux)
	defer dashboard.Close()
	dashboard.Config.RegisterOnShutdown(handler.Close)
	defer handler.Close()

	fmt.Println(lastEvent(dashboard.URL+"/pair/events", "session=mallory"))
	fmt.Println(lastEvent(dashboard.URL+"/pair/events", "session=alice"))
	// Output:
	// 403 Forbidden
	// Connected +62 812-0000-0001
}

// lastEvent returns the last notice of an event stream, or why there is none.
func lastEvent(url, cookie string) string {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, http.NoBody)
	if err != nil {
		return err.Error()
	}
	request.Header.Set("Cookie", cookie)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return response.Status
	}
	var last struct {
		Title string `json:"title"`
		Text  string `json:"text"`
	}
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		data, found := strings.CutPrefix(lines.Text(), "data: ")
		if found && json.Unmarshal([]byte(data), &last) != nil {
			return "not JSON: " + data
		}
	}
	return last.Title + " " + last.Text
}

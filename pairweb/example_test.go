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

// A dashboard embeds the page of the device that belongs to who is signed in. What follows the handler is a look at
// what its page hears.
func ExampleNewHandler() {
	srv := whatspietest.NewServer()
	defer srv.Close()
	id := srv.AddDevice(whatspie.Device{Phone: "6281200000001", PairedStatus: whatspie.PairedStatusPaired})
	client := srv.Client()

	handler := pairweb.NewHandler(client, func(r *http.Request) (int64, error) {
		if r.Header.Get("Cookie") != "session=alice" {
			return 0, errors.New("nobody is signed in")
		}
		return id, nil
	})
	mux := http.NewServeMux()
	mux.Handle("/pair/", http.StripPrefix("/pair", handler))

	dashboard := httptest.NewServer(mux)
	defer dashboard.Close()
	dashboard.Config.RegisterOnShutdown(handler.Close)
	defer handler.Close()

	fmt.Println(lastHeard(dashboard.URL+"/pair/events", "session=mallory"))
	fmt.Println(lastHeard(dashboard.URL+"/pair/events", "session=alice"))
	// Output:
	// 403 Forbidden
	// Connected +62 812-0000-0001
}

// lastHeard is what the page showed last, or why it showed nothing.
func lastHeard(url, cookie string) string {
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

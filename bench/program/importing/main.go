// Command importing is the program "without" with an import of the SDK, of which it uses one constant.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/whatspie-go/whatspie"
)

func main() {
	client := retryablehttp.NewClient()
	request, err := retryablehttp.NewRequest(http.MethodGet, os.Args[1], nil)
	if err != nil {
		panic(err)
	}
	response, err := client.Do(request)
	if err != nil {
		panic(err)
	}
	var devices struct {
		Data []struct {
			ID int64 `json:"id"`
		} `json:"data"`
	}
	fmt.Println(whatspie.DefaultBaseURL)
	fmt.Println(json.NewDecoder(response.Body).Decode(&devices), devices, response.Body.Close())
}

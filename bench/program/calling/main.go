// Command calling is the program "without" with calls of the SDK.
package main

import (
	"context"
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
	sdk, err := whatspie.NewClientFromEnv()
	if err != nil {
		panic(err)
	}
	fmt.Println(sdk.Devices.Create(context.Background(), whatspie.CreateDeviceRequest{}))
	fmt.Println(sdk.Devices.Get(context.Background(), 1))
	fmt.Println(sdk.Devices.List(context.Background()))
	fmt.Println(sdk.Devices.QR(context.Background(), 1))
	fmt.Println(json.NewDecoder(response.Body).Decode(&devices), devices, response.Body.Close())
}

/*
 * Stands in for NVIDIA's libcuda.so.1 where there is no driver, so that MXNet's CUDA build can be
 * imported on a CPU. These are the functions that libmxnet.so binds when it is loaded, and the three
 * by which the CUDA runtime looks for a device. Each answers that there is no device; none is called
 * with work to do. The parameters are left out: the caller cleans up, and none is read.
 */

enum { CUDA_ERROR_NO_DEVICE = 100 };

#define NO_DEVICE(name) int name(void) { return CUDA_ERROR_NO_DEVICE; }

NO_DEVICE(cuInit)
NO_DEVICE(cuDriverGetVersion)
NO_DEVICE(cuDeviceGetCount)
NO_DEVICE(cuDeviceGet)
NO_DEVICE(cuDevicePrimaryCtxRetain)
NO_DEVICE(cuGraphKernelNodeGetParams)
NO_DEVICE(cuGraphNodeGetType)
NO_DEVICE(cuLaunchKernel)
NO_DEVICE(cuModuleGetFunction)
NO_DEVICE(cuModuleLoadData)
NO_DEVICE(cuModuleLoadDataEx)
NO_DEVICE(cuModuleUnload)

/* The one function whose result is read even when it failed: an error message must be a string. */
int cuGetErrorString(int error, const char **text)
{
    (void)error;
    *text = "no CUDA driver on this machine";
    return 0;
}

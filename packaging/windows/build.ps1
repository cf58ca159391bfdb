# Build the bundle and its installer on Windows: powershell -ExecutionPolicy Bypass -File packaging\windows\build.ps1
# Needs Python 3.11 or newer; the installer also Inno Setup 6.3 (x64compatible) (without it only dist\jiesu-desk is made).
# With JIESU_SIGN_THUMBPRINT set, program and installer are signed by that certificate of the user's store.
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '..\..')

function Invoke-Step {
    param([string] $Program, [string[]] $Words)
    & $Program @Words
    if ($LASTEXITCODE -ne 0) { throw "$Program ended with $LASTEXITCODE" }
}

function Add-Signature {
    param([string] $File)
    if ($env:JIESU_SIGN_THUMBPRINT) {
        Invoke-Step 'signtool' @('sign', '/sha1', $env:JIESU_SIGN_THUMBPRINT, '/fd', 'sha256', $File)
    }
}

$python = '.venv\Scripts\python.exe'
Invoke-Step 'py' @('-3', 'tools\bootstrap.py', '--tests')
Invoke-Step $python @('-m', 'pip', 'install', '--quiet', '-r', 'requirements-bundle.lock')
Invoke-Step $python @('packaging\build.py')
Add-Signature 'dist\jiesu-desk\jiesu-desk.exe'
Invoke-Step $python @('packaging\smoke.py', 'dist\jiesu-desk')

$compiler = Get-Command 'iscc' -ErrorAction SilentlyContinue
if (-not $compiler) {
    Write-Output 'Inno Setup (iscc) is not on the PATH: dist\jiesu-desk is ready, no installer was made'
    exit 0
}
$version = & $python -c 'from app.release import VERSION; print(VERSION)'
Invoke-Step $compiler.Source @("/DVERSION=$version", 'packaging\windows\jiesu-desk.iss')
Add-Signature "dist\jiesu-desk-$version-setup.exe"

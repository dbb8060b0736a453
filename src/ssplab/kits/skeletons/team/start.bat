@echo off
rem Windows: make the kit ready and open JupyterLab.
cd /d "%~dp0"
where py >nul 2>nul && (py -3 start.py %* & goto end)
where python >nul 2>nul && (python start.py %* & goto end)
echo There is no Python here. Install Python 3.11 or later, and start again.
:end
pause
